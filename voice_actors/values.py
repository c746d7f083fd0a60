"""What makes a value of a class with fields: it equals what has the same fields, and is shown by them.

attrs writes these methods for each class anew, and they are compiled whenever it is loaded; a whole agent has more than
two hundred classes. Here they are once for all of them. A class that is to have them says

    @attrs.frozen(eq=False, repr=False)
    class Heard(Value): ...

of which the first line means: none of its own.
"""

from __future__ import annotations

from reprlib import recursive_repr
from typing import cast

import attrs


class Shown:
    """Shown by its class and fields, as attrs itself would: `Level(peak_dbfs=-3.0, rms_dbfs=-9.0)`."""

    __slots__ = ()

    @recursive_repr("...")
    def __repr__(self) -> str:
        shown = (
            f"{field.name}={(repr if field.repr is True else field.repr)(getattr(self, field.name, attrs.NOTHING))}"
            for field in _fields(self)
            if field.repr is not False
        )
        return f"{type(self).__qualname__.rsplit('>.', 1)[-1]}({', '.join(shown)})"


class Value(Shown):
    """Equal to what is of the same class and has the same fields; to be found in a set, if its fields are."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, field.name) == getattr(other, field.name) for field in _fields(self))

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, field.name) for field in _fields(self))))


def _fields(one: Shown) -> tuple[attrs.Attribute[object], ...]:
    return cast("tuple[attrs.Attribute[object], ...]", attrs.fields(cast("type[attrs.AttrsInstance]", type(one))))

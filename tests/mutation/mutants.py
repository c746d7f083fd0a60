"""Small changes to a module's source, each of which some test should notice."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

import attrs

_COMPARE = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}
_LEFT_ALONE = ("logger", "assert_never")
"""Calls whose absence changes nothing that a program can see: what is logged, and what only a type checker reads."""


@attrs.frozen
class Mutant:
    """One change."""

    line: int
    last_line: int
    """Of what is changed."""
    what: str
    """Before and after, for a person."""
    source: str
    """Of the whole module with this change."""


def mutants_of(source: str) -> list[Mutant]:
    """All of them, in the order of the source.

    Operators are swapped, conditions turned round, numbers and booleans changed, values not returned, and statements
    that only do something left out. Text stays as it is: most of it is for people, and no test should hold it fast. So
    does `init=False` of a field: it only says that a constructor has one argument less, which nobody can miss.
    """
    tree = ast.parse(source)
    found: list[Mutant] = []
    for node, parent, field, index in _places(tree):
        for changed in _changes(node, parent, field):
            found.append(_mutant(tree, node, parent, field, index, changed))
    return sorted(found, key=lambda mutant: (mutant.line, mutant.what))


def _mutant(
    tree: ast.Module, node: ast.AST, parent: ast.AST, field: str, index: int | None, changed: ast.AST
) -> Mutant:
    ast.fix_missing_locations(ast.copy_location(changed, node))
    before, after = ast.unparse(node), ast.unparse(changed)
    _put(parent, field, index, changed)
    source = ast.unparse(tree)
    _put(parent, field, index, node)
    line, last = _lines(node)
    return Mutant(line, last, f"{_short(before)}  ->  {_short(after)}", source)


def _lines(node: ast.AST) -> tuple[int, int]:
    """Of a statement with a body only those before the body."""
    first, last = getattr(node, "lineno"), getattr(node, "end_lineno")
    if isinstance(node, ast.If | ast.While):
        first, last = node.test.lineno, node.test.end_lineno or node.test.lineno
    return first, last


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:67] + "..."


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, str, int | None]]:
    """Every node that may be changed, with where it stands; not what is only for type checkers, and no docstrings."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "type_comment", "decorator_list", "bases"}:
            continue
        children = [(child, index) for index, child in enumerate(value)] if isinstance(value, list) else [(value, None)]
        for child, index in children:
            if not isinstance(child, ast.AST) or _is_for_checkers(child) or _is_declared(child):
                continue
            yield child, node, field, index
            yield from _places(child)


def _is_for_checkers(node: ast.AST) -> bool:
    typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return typing_only or text or isinstance(node, ast.Import | ast.ImportFrom | ast.Subscript) and _is_type(node)


def _is_declared(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg == "init"


def _is_type(node: ast.AST) -> bool:
    """`open_lane[m.Event]`: a subscript whose name is that of a type or of a function that takes one."""
    if not isinstance(node, ast.Subscript):
        return True
    return (
        isinstance(node.slice, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and not isinstance(node.value, ast.Name)
    )


def _changes(node: ast.AST, parent: ast.AST, field: str) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARE:
            yield ast.Compare(node.left, [_COMPARE[type(op)]()], node.comparators)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield copy.copy(node.operand)
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC and not isinstance(node.left, ast.Constant | ast.JoinedStr):
            yield ast.BinOp(node.left, _ARITHMETIC[type(op)](), node.right)
        case ast.AugAssign(op=op) if type(op) in _ARITHMETIC:
            yield ast.AugAssign(node.target, _ARITHMETIC[type(op)](), node.value)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.If() | ast.While():
            changed = copy.copy(node)
            changed.test = ast.UnaryOp(ast.Not(), node.test)
            yield changed
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=value) if field in {"body", "orelse", "finalbody"} and not _is_left_alone(value):
            yield ast.Pass()
        case ast.Raise(exc=exc) if exc is not None:
            yield ast.Pass()
        case _:
            pass


def _is_left_alone(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant | ast.Yield | ast.YieldFrom):
        return True
    return ast.unparse(value).startswith(_LEFT_ALONE)

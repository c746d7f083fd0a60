"""wsproto, which knows all the rules of the WebSocket, with a memory for what broke them."""

from __future__ import annotations

import wsproto
from wsproto.connection import ConnectionType
from wsproto.events import RejectConnection
from wsproto.utilities import RemoteProtocolError as WsprotoRemoteError


class Wire(wsproto.WSConnection):
    """wsproto that remembers what was wrong, and takes a host name it cannot decode for a bad request."""

    violation = ""

    def upgraded_exactly(self) -> bool:
        """The upgrade was the last thing that was read: what comes next begins with a frame."""
        # wsproto gives these bytes to its own frames without telling of them
        return not self.handshake._h11_connection.trailing_data[0]  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    def receive_data(self, data: bytes | None) -> None:
        """Parse; what the peer did wrong is kept in `violation`.

        Raises:
            wsproto.utilities.RemoteProtocolError: the peer broke the rules.
        """
        try:
            super().receive_data(data)
        except UnicodeError as error:
            self.violation = "a header that is not text"
            raise WsprotoRemoteError(self.violation, event_hint=RejectConnection()) from error
        except WsprotoRemoteError as error:
            self.violation = str(error)
            if self.client:  # a client has nothing to reject; trio-websocket would try, and h11 crash
                error.event_hint = None
            raise


def client_wire() -> Wire:
    """The client's half of the protocol, without extensions."""
    return Wire(ConnectionType.CLIENT)


def server_wire() -> Wire:
    """The server's half of the protocol, without extensions."""
    return Wire(ConnectionType.SERVER)

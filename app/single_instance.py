"""One window for each data directory: the second start raises the first window and ends."""

from __future__ import annotations

import getpass
import hashlib

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from assistant.paths import DataDir

_WAIT_MS = 1000


class SingleInstance(QObject):
    """Holds the lock of a data directory and listens for later starts.

    Signals:
        raise_wanted: another start asked for this window.
    """

    raise_wanted = Signal()

    def __init__(self, data: DataDir) -> None:
        super().__init__()
        self._lock = QLockFile(str(data.window_lock))
        # A lock is stale only when its process is gone, however old it is.
        self._lock.setStaleLockTime(0)
        self._name = _socket_name(data)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def claim(self) -> bool:
        """True if this is the first window; False if another one holds the directory."""
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(self._name)
        self._server.listen(self._name)
        return True

    def raise_other(self) -> bool:
        """Asks the first window to come to the front; whether it heard."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_WAIT_MS):
            return False
        # The first window hangs up once it has heard; leaving earlier could make it miss the call.
        socket.waitForDisconnected(_WAIT_MS)
        socket.abort()
        return True

    def release(self) -> None:
        """Gives the directory free."""
        self._server.close()
        self._lock.unlock()

    def _on_connection(self) -> None:
        # To connect is all there is to say: nothing is read from whoever calls.
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.abort()
            socket.deleteLater()
            self.raise_wanted.emit()


def _socket_name(data: DataDir) -> str:
    identity = f"{getpass.getuser()}|{data.root}"
    return "mentee-" + hashlib.sha256(identity.encode()).hexdigest()[:20]

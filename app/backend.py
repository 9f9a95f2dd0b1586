"""What the window needs from the rest of the program, in one place, so that tests can bring their own policy.

The store, the conversations and the memory are always the real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from PySide6.QtCore import QObject, SignalInstance

from app.chat.reply_worker import Chat
from app.supervise.learner import LearnerProcess, LearnerStatus
from app.supervise.server import ServerProcess, ServerStatus
from assistant import settings as settings_file
from assistant.conversation.chat import ChatService
from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.settings import Settings
from assistant.store import Store


class Server(Protocol):
    """Something that runs the policy; see `ServerProcess`."""

    changed: SignalInstance
    status: ServerStatus

    def start(self) -> None: ...
    def retry(self) -> None: ...
    def restart(self) -> None: ...
    def stop(self) -> None: ...
    def client(self) -> PolicyClient: ...


class Learner(Protocol):
    """Something that learns; see `LearnerProcess`."""

    changed: SignalInstance
    finished: SignalInstance
    status: LearnerStatus

    def start(self, *, force: bool = False) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def stop(self) -> None: ...
    def nudge(self) -> None: ...
    def hold(self, busy: bool) -> None: ...
    def shut_down(self) -> None: ...
    def is_running(self) -> bool: ...


class Backend(Protocol):
    """All that the window talks to."""

    data: DataDir
    server: Server
    learner: Learner

    def open_store(self) -> Store:
        """A store for the calling thread."""

    def chat(self, store: Store) -> Chat:
        """A chat service on that store."""

    def load_settings(self) -> Settings:
        """The settings as they are on disk."""

    def save_settings(self, settings: Settings) -> None:
        """Writes them."""


class LateClient:
    """Looks for the server only when something is asked of it.

    So a message is stored even if the server went away a moment ago; the reply is then marked as interrupted.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    def __getattr__(self, name: str) -> Any:
        """What `PolicyClient` has; raises PolicyUnavailable while no server runs."""
        return getattr(self._server.client(), name)


class LocalBackend(QObject):
    """The real one: child processes and files of one data directory."""

    def __init__(self, data: DataDir) -> None:
        super().__init__()
        self.data = data
        self.server: Server = ServerProcess(data)
        self.learner: Learner = LearnerProcess(data)

    def open_store(self) -> Store:
        """A store for the calling thread."""
        return Store.open(self.data)

    def chat(self, store: Store) -> Chat:
        """A chat service on that store."""
        return ChatService(store, cast(PolicyClient, LateClient(self.server)), self.load_settings())

    def load_settings(self) -> Settings:
        """The settings as they are on disk; a broken file is put aside."""
        return settings_file.load(self.data)[0]

    def save_settings(self, settings: Settings) -> None:
        """Writes them, keeping the user's comments."""
        settings_file.save(self.data, settings)


class PolicyHandle:
    """The resource of the thread that asks the policy for everything but replies."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def client(self) -> PolicyClient:
        """The present client; raises PolicyUnavailable."""
        return self._server.client()

    def model_hash(self) -> str:
        """Fingerprint of the model that the server runs."""
        return str(self.client().health()["model_hash"])

    def use(self, version: int) -> None:
        """Has a version answer from now on; the server writes the choice down."""
        self.client().use_version(version)

    def answer(self, version: int, messages: Sequence[dict[str, Any]], **sampling: Any) -> str:
        """One reply of one version, outside any conversation."""
        name = f"mentee:{version}"
        return self.client().complete(list(messages), model=name, turn_type="side", **sampling)[0].text

    def close(self) -> None:
        """Nothing of its own to close."""

"""What is served: the engine, which version is active, which names mean which adapter, what went wrong.

Between the engine (which knows no versions) and the routes (which know no llama.cpp). Methods may block; call them off
the event loop.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import AdapterUnusable, BadInput, NotFound
from assistant.ledger.erasing import erase_forgotten
from assistant.ledger.taking_back import TakenBack, look
from assistant.paths import DataDir
from assistant.policy import versions
from assistant.policy.adapters_live import Adapter
from assistant.policy.engine import Engine
from assistant.policy.generation import Request
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import Version
from assistant.store.versions import require_usable

log = logging.getLogger("mentee.policy.serving")

ACTIVE_NAME = "mentee"
KEPT_VERSIONS = 4
"""Versions kept in memory besides the active one."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A model name resolved: the adapter, held for one request, and the version to record (-1: a candidate)."""

    adapter: Adapter | None
    version: int


class Serving:
    """The served model and its versions.

    Attributes:
        active: the version that "mentee" means.
        notices: plain sentences for /health: what was put right on the way.
        running: requests by id, for cancelling.
    """

    def __init__(self, engine: Engine, data: DataDir, settings: Settings) -> None:
        self.engine, self.data, self.settings = engine, data, settings
        self.active = 0
        self.notices: list[str] = []
        self.running: dict[str, Request] = {}
        self.cancelled_early: list[str] = []
        self._lock = threading.Lock()
        self._recent: list[str] = []

    @property
    def model_hash(self) -> str:
        """SHA-256 of the served file."""
        return self.engine.info.sha256

    def restore(self) -> None:
        """Makes the stored version active; a damaged one is marked, and the last good one takes its place.

        What was forgotten is erased first, and a version that displeased while nobody looked is taken back.
        """
        with Store.open(self.data) as store:
            erase_forgotten(store)
            if taken := look(store, self.model_hash):
                self.notice(taken.note)
            wanted = store.versions.active(self.model_hash)
            while wanted:
                try:
                    self._load(wanted)
                    break
                except AdapterUnusable as problem:
                    log.error("version %d cannot be used: %s", wanted, problem)
                    store.versions.set_state(wanted, "damaged")
                    fallback = store.versions.active(self.model_hash)
                    self.notice(f"{problem} Version {fallback} is used instead.")
                    wanted = fallback
                    store.versions.use(self.model_hash, wanted)
        self.active = wanted

    def use(self, version_id: int) -> None:
        """Makes a version active from the next turn on, and stores that.

        Raises:
            NotFound: there is no such version.
            BadInput: it holds something the user forgot; nothing changed.
            AdapterUnusable: its files are damaged or made for another model; nothing changed.
        """
        with Store.open(self.data) as store:
            version = store.versions.get(version_id)
            if version_id and version.model_hash != self.model_hash:
                raise AdapterUnusable(f"Version {version_id} was made for another model.")
            require_usable(version)
            if version_id:
                self._load(version_id)
            store.versions.use(self.model_hash, version_id)
            forgotten = [version.id for version in store.versions.list(self.model_hash) if version.forgotten]
        self.active = version_id
        for number in forgotten:
            self.engine.adapters.unload(f"{ACTIVE_NAME}:{number}")

    def take_back(self, taken: TakenBack) -> None:
        """The version in use gave way to another one in the store; this process follows."""
        if taken.model_hash == self.model_hash:
            self.use(taken.in_use)
            self.notice(taken.note)

    def notice(self, text: str) -> None:
        """Adds a sentence to /health, once."""
        if text not in self.notices:
            self.notices.append(text)

    def list_versions(self) -> list[Version]:
        """The versions of the served model."""
        with Store.open(self.data) as store:
            return store.versions.list(self.model_hash)

    def model_names(self) -> list[str]:
        """Every name a request may ask for."""
        ids = [version.id for version in self.list_versions() if version.usable]
        known = [ACTIVE_NAME, *(f"{ACTIVE_NAME}:{version_id}" for version_id in ids)]
        return known + [name for name in self.engine.adapters.names() if name not in known]

    def resolve(self, name: str) -> Policy:
        """The adapter behind a model name, held for the caller.

        Raises:
            NotFound: no such model.
            AdapterUnusable: the version exists and cannot be used.
        """
        if name == ACTIVE_NAME:
            name = f"{ACTIVE_NAME}:{self.active}"
        if name == f"{ACTIVE_NAME}:0":
            return Policy(None, 0)
        if name != f"{ACTIVE_NAME}:{self.active}" and name.startswith(f"{ACTIVE_NAME}:"):
            self._version_number(name)  # one that is still loaded may have been forgotten meanwhile
        adapter = self.engine.adapters.get(name)
        if adapter is None:
            adapter = self._load(self._version_number(name))
            adapter = self.engine.adapters.get(name) or adapter
        return Policy(adapter, -1 if adapter.version is None else adapter.version)

    def load_candidate(self, name: str, path: str) -> None:
        """Loads an adapter file of the data directory under a name of its own.

        Raises:
            BadInput: a name that means a version, or a path outside the data directory.
            AdapterUnusable: the file cannot be used.
        """
        if name == ACTIVE_NAME or name.startswith(f"{ACTIVE_NAME}:"):
            raise BadInput(f"The name {name!r} means a version.")
        file = Path(path).resolve()
        if not file.is_relative_to(self.data.root):
            raise BadInput("An adapter must lie inside the data directory.")
        if not file.is_file():
            raise AdapterUnusable(f"There is no adapter file at {file}.")
        self.engine.adapters.load(name, file)

    def unload_candidate(self, name: str) -> None:
        """Lets go of a candidate.

        Raises:
            NotFound: none of that name is loaded.
        """
        if name.startswith(f"{ACTIVE_NAME}:") or not self.engine.adapters.unload(name):
            raise NotFound(f"No adapter called {name!r} is loaded.")

    def cancel(self, request_id: str) -> bool:
        """Ends a running request; one that has not begun will be ended when it does."""
        with self._lock:
            request = self.running.get(request_id)
            if request is None:
                self.cancelled_early = [*self.cancelled_early[-63:], request_id]
        if request:
            request.cancel()
        return request is not None

    def register(self, request_id: str, request: Request) -> None:
        """Makes a request cancellable by id."""
        with self._lock:
            self.running[request_id] = request
            request.cancelled = request_id in self.cancelled_early

    def unregister(self, request_id: str) -> None:
        """The request has ended."""
        with self._lock:
            self.running.pop(request_id, None)

    def health(self) -> dict[str, Any]:
        """What /health tells: no user data."""
        return {
            "status": "ok",
            "model": self.engine.info.name,
            "model_hash": self.model_hash,
            "version": self.active,
            "notices": list(self.notices),
            "counters": {
                "chat_prefilled_tokens": self.engine.chat.prefilled_tokens,
                "side_prefilled_tokens": self.engine.side.prefilled_tokens,
                "side_steps": self.engine.side.steps,
                "running": len(self.running),
            },
        }

    def _version_number(self, name: str) -> int:
        prefix, _, number = name.partition(":")
        if prefix != ACTIVE_NAME or not number.isdigit():
            raise NotFound(f"The model {name!r} does not exist.")
        with Store.open(self.data) as store:
            version = store.versions.get(int(number))
        if version.model_hash != self.model_hash:
            raise NotFound(f"The model {name!r} was made for another model file.")
        if version.forgotten:
            raise NotFound(f"The model {name!r} contains something that was forgotten.")
        return version.id

    def _load(self, version_id: int) -> Adapter:
        name = f"{ACTIVE_NAME}:{version_id}"
        folder = versions.load(self.data, version_id, self.model_hash)
        digest = str(folder.manifest["sha256"][versions.ADAPTER])
        loaded = self.engine.adapters.get(name)
        if loaded:
            # The shelf holds it too, so this holder may let go at once.
            loaded.release()
        if loaded is None or loaded.digest != digest:
            loaded = self.engine.adapters.load(name, folder.adapter, version_id, digest)
        with self._lock:
            self._recent = [*(known for known in self._recent if known != name), name]
            spare = [known for known in self._recent if known != f"{ACTIVE_NAME}:{self.active}"]
            for old in spare[:-KEPT_VERSIONS]:
                self.engine.adapters.unload(old)
                self._recent.remove(old)
        return loaded

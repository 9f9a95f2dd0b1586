"""The scenes of `screenshots.py`: what is in the store, and what is done to the window before each picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app import names, theme
from app.backend import LocalBackend
from app.main_window import MainWindow
from app.supervise.learner import LearnerStatus
from app.supervise.server import ServerStatus
from assistant.conversation.feedback import give_feedback
from assistant.errors import PolicyUnavailable
from assistant.paths import DataDir
from assistant.policy.gguf_info import inspect
from assistant.policy.starter import starter_model
from assistant.store import Store
from assistant.store.records import Message, NewTurn, NewVersion

_LONG = """Boiling an egg is simple once you know the timing:

1. Bring a pan of water to a **rolling boil**.
2. Lower the egg in with a spoon.
3. Wait *6 minutes* for a soft yolk, 10 for a hard one.
4. Cool it under running water.

| Yolk | Minutes |
|------|---------|
| soft | 6 |
| jammy | 7 |
| hard | 10 |

> Older eggs peel more easily than fresh ones.

If you like to script your breakfast:

```python
import time

def boil(egg: str, minutes: float = 6) -> str:
    # Wait, then say so.
    time.sleep(minutes * 60)
    return f"{egg} is ready"
```

Read more at [example.org](https://example.org/eggs), or run `boil("egg")`.
"""


class StillServer(QObject):
    """Says that a model is ready, and is not one."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.status = ServerStatus("ready", model="SmolLM2-135M-Instruct")

    def start(self) -> None:
        """Ready at once."""
        self.changed.emit(self.status)

    def client(self) -> Any:
        """None."""
        raise PolicyUnavailable("No model runs while pictures are taken.")

    retry = restart = start

    def stop(self) -> None:
        """Nothing to stop."""


def shoot(out: Path, scheme: str, size: str, folder: Path) -> None:
    """Takes all pictures in one scheme."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply_theme(app, "dark" if scheme == "dark" else "light")
    width, height = (int(part) for part in size.split("x"))
    empty = _window(DataDir.resolve(folder / "empty"), width, height)
    _settle()
    _save(empty, out / f"{scheme}-welcome.png")
    empty.close()
    data = DataDir.resolve(folder / "data")
    _fill(data)
    window = _window(data, width, height)
    for name, prepare in _SCENES.items():
        prepare(window)
        _settle()
        top = QGuiApplication.instance() and QApplication.activeModalWidget()
        _save(top or window, out / f"{scheme}-{name}.png")
        if top:
            top.close()
    window.close()


def _window(data: DataDir, width: int, height: int) -> MainWindow:
    backend = LocalBackend(data)
    backend.server = StillServer()
    window = MainWindow(backend)
    window.resize(width, height)
    window.show()
    window.start()
    return window


def _save(widget: Any, path: Path) -> None:
    widget.grab().save(str(path))
    print(path)


def _settle() -> None:
    # Not QTest.qWait: it keeps the interpreter to itself, and the worker threads would stand still.
    loop = QEventLoop()
    QTimer.singleShot(500, loop.quit)
    loop.exec()


def _to_chat(window: MainWindow) -> None:
    window.show_page("")


def _chat_top(window: MainWindow) -> None:
    window.chat_page.transcript.verticalScrollBar().setValue(0)


def _chat_end(window: MainWindow) -> None:
    window.chat_page.transcript.to_end()


def _correct(window: MainWindow) -> None:
    row = window.chat_page.transcript.last_reply()
    assert row is not None
    box = row.open_correction()
    QTest.keyClicks(box.words, "Name the sources, please.")
    box.fold.click()


def _page(name: str) -> Callable[[MainWindow], None]:
    return lambda window: window.show_page(name)


def _learning_runs(window: MainWindow) -> None:
    window.show_page(names.NAV_LEARNING)
    status = LearnerStatus("running", "practice", "", 34, 100, 80)
    window.learning_page.panel.show_status(status)


def _compared(window: MainWindow) -> None:
    window.show_page(names.NAV_VERSIONS)
    compare = window.versions_page.compare
    compare.prompt.setText("How do I boil an egg?")
    compare.show_replies(_LONG.split("|")[0], "Six minutes in boiling water, then cool it.")
    window.versions_page.scroll.verticalScrollBar().setValue(10_000)


def _searched(window: MainWindow) -> None:
    window.show_page("")
    box = window.findChild(QLineEdit, names.SEARCH)
    assert box is not None
    box.setText("egg")


def _toast(window: MainWindow) -> None:
    box = window.findChild(QLineEdit, names.SEARCH)
    assert box is not None
    box.clear()
    window.toast.say("Moved to the trash.", lambda: None)


def _settings(window: MainWindow) -> None:
    window.toast.hide()
    window.open_settings()


_SCENES: dict[str, Callable[[MainWindow], None]] = {
    "chat-end": _chat_end,
    "chat-top": _chat_top,
    "correction": _correct,
    "learning": _page(names.NAV_LEARNING),
    "learning-runs": _learning_runs,
    "versions": _page(names.NAV_VERSIONS),
    "versions-compared": _compared,
    "ledger": _page(names.NAV_LEDGER),
    "memory": _page(names.NAV_MEMORY),
    "search": _searched,
    "toast": _toast,
    "settings": _settings,
}


# -- data ----------------------------------------------------------------------------------------


def _fill(data: DataDir) -> None:
    model_hash = inspect(starter_model(), data).sha256
    with Store.open(data) as store:
        for title in ("A poem for Ada", "Why is the sky blue?", "Packing list for Lisbon", "Excel formula help"):
            store.conversations.create(title)
        egg = _Teller(store, "How do I boil an egg?", model_hash)
        _, first = egg.exchange("How do I boil an egg?", _LONG, 0)
        give_feedback(store, first, "correction", "Too long, one short sentence please.")
        egg.exchange("And a soft one?", "Boil it for six minutes, then cool it under cold water.", 0)
        reply, second = egg.exchange("What goes with it?", "Toast, butter and a pinch of salt.", 0)
        egg.variant(reply, "Buttered toast soldiers, with salt and pepper.", 0)
        give_feedback(store, second, "praise")
        egg.exchange("Which pan is best?", "A small saucepan that holds the egg under a finger of water.", 0)
        lessons = [lesson.id for lesson in store.lessons.list()]
        _runs(store, model_hash, lessons)
        store.memory.add("fact", "The user lives in Lisbon.", source_text="I live in Lisbon, by the way.")


def _runs(store: Store, model_hash: str, lessons: list[str]) -> None:
    exam = {
        "questions": 32,
        "teacher": {"gain": 0.9, "topical": 0.75, "tokens": 34},
        "current": {"gain": 0.0, "topical": 0.88, "tokens": 96},
        "candidate": {"gain": 0.84, "topical": 0.85, "tokens": 31},
        "contrast_kept": 0.94,
        "examples": [
            {
                "prompt": "How do I remove a coffee stain?",
                "before": "Removing coffee stains can be a bit tricky, but there are several steps you can take: "
                "first, blot the stain with a clean cloth. Second, mix vinegar, dish soap and water…",
                "after": "Blot it, then dab with vinegar and soap and rinse.",
            }
        ],
    }
    skipped = store.runs.start(0, "user")
    store.runs.finish(skipped.id, "skipped", "There is nothing new to learn.")
    failed = store.runs.start(0, "user")
    reason = "The model itself cannot do what the correction asks, so it could not teach it."
    store.runs.finish(failed.id, "rejected", reason, lessons=1)
    run = store.runs.start(0, "user")
    version = store.versions.add(NewVersion(model_hash, 0, run.id, "0" * 64, exam, 16, 32.0, lessons[-1:]))
    store.lessons.mark_learned(lessons[-1:], version.id)
    store.versions.use(model_hash, version.id)
    store.runs.finish(
        run.id, "adopted", "Obeys on unseen questions and keeps the content.",
        version_id=version.id, exam=exam, lessons=1,
    )  # fmt: skip


class _Teller:
    """Writes exchanges into one conversation."""

    def __init__(self, store: Store, title: str, model_hash: str) -> None:
        self._store = store
        self._model_hash = model_hash
        self._id = store.conversations.create(title).id
        self._leaf: str | None = None

    def exchange(self, asked: str, replied: str, version: int) -> tuple[Message, str]:
        """A question and its reply; the reply and its turn's id."""
        question = self._store.messages.add(self._id, self._leaf, "user", asked)
        reply = self._store.messages.add(self._id, question.id, "assistant", replied)
        self._leaf = reply.id
        self._store.conversations.set_leaf(self._id, reply.id)
        return reply, self._turn(reply, version)

    def variant(self, reply: Message, text: str, version: int) -> None:
        """Another reply beside one."""
        other = self._store.messages.add(self._id, reply.parent_id, "assistant", text)
        self._turn(other, version)

    def _turn(self, reply: Message, version: int) -> str:
        turn = NewTurn(
            message_id=reply.id, conversation_id=self._id, kind="main", prompt_token_ids=[1], reply_token_ids=[2],
            logprobs=[-0.1], sampler={}, model_hash=self._model_hash, template_hash="t", version=version,
            finish_reason="stop",
        )  # fmt: skip
        time.sleep(0.001)
        return self._store.turns.add(turn).id

"""The card of the run that goes on: start, stage, progress, time left, pause, stop."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar

from app import names, words
from app.supervise.learner import LearnerStatus
from app.widgets.basics import button, column, label, row

_STEPS = 1000
# Where each stage begins and ends within a run, by the time it takes on two cores.
_STAGES = {
    "reading reactions": (0.0, 0.02),
    "loading": (0.02, 0.08),
    "exam of the present version": (0.08, 0.2),
    "practice": (0.2, 0.4),
    "training": (0.4, 0.65),
    "own practice": (0.65, 0.77),
    "training on own replies": (0.77, 0.85),
    "exam of the new version": (0.85, 1.0),
}


class RunPanel(QFrame):
    """Signals:
    start_wanted, pause_wanted, resume_wanted, stop_wanted: the buttons.
    """

    start_wanted = Signal()
    pause_wanted = Signal()
    resume_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._status = LearnerStatus()
        self._enabled = True
        self._pending = 0
        self._unread = 0
        self._result = ""
        self.stage = label("", "strong", wrap=True)
        self.stage.setObjectName(names.LEARN_STAGE)
        self.detail = label("", "muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setObjectName(names.LEARN_PROGRESS)
        self.bar.setAccessibleName(self.tr("Progress of learning"))
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _STEPS)
        self.start = button(self.tr("Learn now"), "primary", name=names.LEARN_NOW, icon="learning")
        self.pause = button(self.tr("Pause"), name=names.LEARN_PAUSE)
        self.end = button(self.tr("Stop"), name=names.LEARN_STOP, described=self.tr("Stop learning"))
        self._lay_out()
        self.start.clicked.connect(self.start_wanted)
        self.pause.clicked.connect(self._on_pause)
        self.end.clicked.connect(self.stop_wanted)
        self._refresh()

    def show_pending(self, count: int, *, enabled: bool, unread: int = 0) -> None:
        """How many lessons wait, whether learning is switched on, and how many replies the next run will look at."""
        self._pending, self._enabled, self._unread = count, enabled, unread
        self._refresh()

    def show_result(self, sentence: str) -> None:
        """How the last run ended; stays until the next one."""
        self._result = sentence
        self._refresh()

    def show_status(self, status: LearnerStatus) -> None:
        """What the learner reports."""
        self._status = status
        if status.state != "idle":
            self._result = ""
        self._refresh()

    def _lay_out(self) -> None:
        layout = column(self, gap=0.5, margin=1.0)
        head = row(gap=0.8)
        texts = column(gap=0.15)
        texts.addWidget(self.stage)
        texts.addWidget(self.detail)
        head.addLayout(texts, 1)
        for control in (self.start, self.pause, self.end):
            head.addWidget(control)
        layout.addLayout(head)
        layout.addWidget(self.bar)

    def _refresh(self) -> None:
        status = self._status
        running = status.state != "idle"
        self.start.setVisible(not running)
        self.start.setEnabled(self._enabled)
        self.pause.setVisible(running)
        self.end.setVisible(running)
        self.bar.setVisible(running)
        held = status.state == "paused" and not status.yielding
        self.pause.setText(self.tr("Resume") if held else self.tr("Pause"))
        self.pause.setAccessibleName(self.tr("Resume learning") if held else self.tr("Pause learning"))
        for control in (self.pause, self.end):
            control.setEnabled(status.state != "stopping")
        self.stage.setText(self._headline())
        self.detail.setText(self._running_detail() if running else self._idle_detail())
        self.bar.setValue(round(_STEPS * overall(status)))

    def _headline(self) -> str:
        status = self._status
        if status.state == "idle":
            return self._idle_headline()
        if status.state == "stopping":
            return self.tr("Stopping…")
        return self._stage_words(status)

    def _idle_headline(self) -> str:
        if self._pending:
            return self.tr("Lessons waiting: {n}").format(n=self._pending)
        if self._unread:
            return self.tr("Replies to look at: {n}").format(n=self._unread)
        return self.tr("Nothing new to learn")

    def _stage_words(self, status: LearnerStatus) -> str:
        known = {
            "": self.tr("Getting ready"),
            "reading reactions": self.tr("Reading what you said"),
            "loading": self.tr("Getting ready"),
            "exam of the present version": self.tr("Seeing where I stand"),
            "practice": self.tr("Practising"),
            "training": self.tr("Learning"),
            "own practice": self.tr("Trying it out"),
            "training on own replies": self.tr("Learning from trying"),
            "exam of the new version": self.tr("Taking the exam"),
        }
        return known.get(status.stage) or status.text or status.stage.capitalize()

    def _running_detail(self) -> str:
        status = self._status
        if status.yielding:
            return self.tr("Waiting while you are busy here; goes on by itself.")
        if status.state == "paused":
            return self.tr("Paused.")
        if status.seconds_left is not None:
            left = words.duration(status.seconds_left)
            return self.tr("This step: about {time} left. You can go on chatting.").format(time=left)
        return self.tr("You can go on chatting.")

    def _idle_detail(self) -> str:
        if not self._enabled:
            return self.tr("Learning is switched off. Feedback is still noted and obeyed.")
        if self._result:
            return self._result
        if self._unread and not self._pending:
            return self.tr("What you said after them is read when I learn; some of it may make a lesson.")
        if not self._pending:
            return self.tr("Press a thumb under a reply, or say what should have been; that makes a lesson.")
        return self.tr("Takes a few minutes; an exam decides whether the new version is used.")

    def _on_pause(self) -> None:
        held = self._status.state == "paused" and not self._status.yielding
        (self.resume_wanted if held else self.pause_wanted).emit()


def overall(status: LearnerStatus) -> float:
    """How far the whole run is, 0 to 1; a stage that is not known counts by itself."""
    within = min(1.0, status.done / status.total) if status.total > 0 else 0.0
    begin, end = _STAGES.get(status.stage, (0.0, 1.0))
    return begin + (end - begin) * within

"""The learning page. Shows what it is given; the window does what its signals ask."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from app import names, words
from app.exam_words import examples, figures
from app.learning.reading import LearningView
from app.learning.run_panel import RunPanel
from app.widgets.basics import Tone, column, frame, label, row, section
from app.widgets.page import CardList, EmptyState, Page, card
from app.widgets.switch import Switch
from assistant.store.records import Run

_MOST_EXAMPLES = 3


class LearningPage(Page):
    """Signals:
    switched: the master switch.
    """

    switched = Signal(bool)

    def __init__(self) -> None:
        super().__init__(
            self.tr("Learning"),
            self.tr("I practise what you taught me and take an exam. Only a version that passes is used."),
            names.LEARNING_PAGE,
        )
        self._enabled = True
        self.switch = Switch(name=names.LEARNING_SWITCH, described=self.tr("Learn from my feedback"))
        self.judge_line = label(kind="muted", wrap=True, selectable=True)
        self.judge_line.setObjectName(names.JUDGE_LINE)
        self.silence_line = label(wrap=True, selectable=True)
        self.silence_line.setObjectName(names.SILENCE_LINE)
        self.silence_line.hide()
        self.panel = RunPanel()
        hint = self.tr("Here you will see when I learned, what came of it, and why.")
        self.runs = CardList(names.RUNS, EmptyState("learning", self.tr("No runs yet"), hint))
        self.examples = QWidget()
        self.examples.setObjectName(names.EXAMPLES)
        self._examples = column(self.examples, gap=0.6)
        self.body.addWidget(self._switch_card())
        self.body.addWidget(self.panel)
        self.body.addWidget(self.examples)
        self.body.addWidget(section(self.tr("Last runs")))
        self.body.addWidget(self.runs)
        self.switch.clicked.connect(self.switched)
        self.examples.hide()

    def show_enabled(self, enabled: bool) -> None:
        """The master switch as it is in the settings."""
        self._enabled = enabled
        self.switch.setChecked(enabled)

    def show_view(self, view: LearningView) -> None:
        """Lessons, runs, who reads reactions, and before and after of the newest run that has examples."""
        self.judge_line.setText(view.judge_line)
        """Lessons, runs, who reads reactions, and before and after of the newest run that has examples."""
        self.judge_line.setText(view.judge_line)
        silence = view.silence
        self.silence_line.setText("" if silence is None else words.silence(silence.turns, silence.reason))
        self.silence_line.setVisible(silence is not None)
        self.panel.show_pending(view.pending, enabled=self._enabled, unread=view.unread)
        self.runs.fill([_run_card(run, view.notes.get(run.id, "")) for run in view.runs if run.outcome is not None])
        shown = next((found for run in view.runs if (found := examples(run.exam))), [])
        self._show_examples(shown[:_MOST_EXAMPLES])

    def _show_examples(self, shown: list[tuple[str, str, str]]) -> None:
        while (item := self._examples.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.examples.setVisible(bool(shown))
        if shown:
            self._examples.addWidget(section(self.tr("Before and after")))
        for prompt, before, after in shown:
            self._examples.addWidget(_example_card(prompt, before, after))

    def _switch_card(self) -> QWidget:
        made, layout = card()
        line = row(gap=0.8)
        texts = column(gap=0.1)
        texts.addWidget(label(self.tr("Learn from my feedback"), "strong"))
        hint = self.tr("Everything else keeps working when this is off. Nothing leaves this computer.")
        texts.addWidget(label(hint, "muted", wrap=True))
        texts.addWidget(self.judge_line)
        texts.addWidget(self.silence_line)
        line.addLayout(texts, 1)
        line.addWidget(self.switch)
        layout.addLayout(line)
        return made


def _run_card(run: Run, note: str) -> QWidget:
    made, layout = card()
    head = row(gap=0.6)
    tones: dict[str | None, Tone] = {"adopted": "good", "failed": "bad"}
    head.addWidget(tag(words.outcome(run.outcome), tones.get(run.outcome, "")))
    title = words.version_name(run.version_id) if run.outcome == "adopted" else ""
    head.addWidget(label(title, "strong"))
    head.addStretch(1)
    head.addWidget(label(words.date_time(run.started_at), "small"))
    layout.addLayout(head)
    if run.reason:
        layout.addWidget(label(run.reason, "muted", wrap=True, selectable=True))
    if note:
        layout.addWidget(label(note, "strong", wrap=True, selectable=True))
    facts = [words.lessons(run.lessons)] if run.lessons else []
    if run.finished_at is not None:
        facts.append(words.duration(run.finished_at - run.started_at))
    facts += [f"{name}: {value}" for name, value in figures(run.exam)]
    if facts:
        layout.addWidget(label(" · ".join(facts), "small", wrap=True))
    return made


def _example_card(prompt: str, before: str, after: str) -> QWidget:
    made, layout = card()
    layout.addWidget(label(prompt, "strong", wrap=True))
    sides = row(gap=0.8)
    for title, text in ((words.before(), before), (words.after(), after)):
        well = frame("well")
        inside = column(well, gap=0.2, margin=0.7)
        inside.addWidget(label(title, "section"))
        inside.addWidget(label(text, wrap=True, selectable=True))
        inside.addStretch(1)
        sides.addWidget(well, 1)
    layout.addLayout(sides)
    return made


def tag(text: str, tone: Tone = "") -> QLabel:
    """A small rounded label."""
    made = label(text, "tag")
    made.setProperty("tone", tone)
    return made

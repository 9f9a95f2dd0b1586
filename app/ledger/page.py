"""The page "What I learned". Shows what it is given; the window does what its signals ask."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app import names, words
from app.learning.page import tag
from app.ledger.reading import LessonItem
from app.widgets.basics import Tone, button, label, row
from app.widgets.page import CardList, EmptyState, Page, card


class LedgerPage(Page):
    """Signals:
    state_wanted: lesson id, and "excluded", "forgotten" or "pending", which has it count again.
    conversation_wanted: id of the conversation a lesson came from.
    """

    state_wanted = Signal(str, str)
    conversation_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            self.tr("What I learned"),
            self.tr("Every lesson and where it came from. You decide what may be learned and what must go."),
            names.LEDGER_PAGE,
        )
        hint = self.tr("Each thumb and each correction under a reply becomes a lesson that you can look at here.")
        self.cards = CardList("lessons", EmptyState("ledger", self.tr("No lessons yet"), hint))
        self.body.addWidget(self.cards)

    def show_lessons(self, items: list[LessonItem]) -> None:
        """The ledger, newest first."""
        self.cards.fill([self._card(item) for item in items])

    def _card(self, item: LessonItem) -> QWidget:
        lesson = item.lesson
        made, layout = card(names.LESSON_CARD)
        title = self._title(item)
        made.setAccessibleName(title)
        head = row(gap=0.6)
        head.addWidget(label(title, "strong", wrap=True), 1)
        tones: dict[str, Tone] = {"learned": "good", "forgotten": "bad"}
        head.addWidget(tag(words.lesson_state(lesson.state), tones.get(lesson.state, "")))
        layout.addLayout(head)
        origin = item.origin
        said = "" if origin.said in (title, lesson.rewrite) else origin.said
        if evidence := words.origin(origin.kind, said, origin.certainty):
            shown = label(evidence, "muted", wrap=True)
            shown.setObjectName(names.LESSON_ORIGIN)
            layout.addWidget(shown)
        if note := self._note(item):
            layout.addWidget(label(note, "small", wrap=True))
        source = self.tr("When asked: “{asked}”").format(asked=item.asked)
        layout.addWidget(label(source, "small", wrap=True))
        layout.addLayout(self._foot(item, title))
        return made

    def _title(self, item: LessonItem) -> str:
        lesson = item.lesson
        if lesson.hint:
            return lesson.hint
        if lesson.rewrite:
            return self.tr("You wrote a better reply")
        return self.tr("More like this") if lesson.polarity > 0 else self.tr("Less like this")

    def _note(self, item: LessonItem) -> str:
        """Why a lesson does not count although nobody took it back."""
        if item.replaced:
            return self.tr("You gave other feedback on this reply later; that counts.")
        if not item.overruled_by:
            return ""
        later = {"+1": self.tr("More like this"), "-1": self.tr("Less like this")}
        words = later.get(item.overruled_by, item.overruled_by)
        return self.tr("You said otherwise later, and that counts: “{words}”").format(words=words)

    def _foot(self, item: LessonItem, title: str) -> QHBoxLayout:
        lesson = item.lesson
        foot = row(gap=0.5)
        facts = [words.date_time(lesson.created_at)]
        facts += [words.version_name(version) for version in lesson.versions]
        foot.addWidget(label(" · ".join(facts), "small"), 1)
        show = button(self.tr("Show"), "link", described=self.tr("Show: {t}").format(t=title))
        show.clicked.connect(lambda: self.conversation_wanted.emit(item.conversation_id))
        foot.addWidget(show)
        if lesson.state in ("pending", "learned"):
            foot.addWidget(self._change(self.tr("Exclude"), names.LESSON_EXCLUDE, item, "excluded", title))
        if lesson.state in ("excluded", "forgotten"):
            foot.addWidget(self._change(self.tr("Include again"), names.LESSON_EXCLUDE, item, "pending", title))
        if lesson.state != "forgotten":
            foot.addWidget(self._change(self.tr("Forget"), names.LESSON_FORGET, item, "forgotten", title))
        return foot

    def _change(self, text: str, name: str, item: LessonItem, state: str, title: str) -> QWidget:
        kind = "danger" if state == "forgotten" else ""
        made = button(text, kind, name=name, described=f"{text}: {title}")
        made.clicked.connect(lambda: self.state_wanted.emit(item.lesson.id, state))
        return made

"""The versions page. Shows what it is given; the window does what its signals ask."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app import names, words
from app.exam_words import figures
from app.learning.page import tag
from app.versions.compare import ComparePanel
from app.versions.reading import VersionItem, VersionsView
from app.widgets.basics import button, label, row, section, set_tone
from app.widgets.page import CardList, EmptyState, Page, card


class VersionsPage(Page):
    """Signals:
    use_wanted: number of the version that shall answer from now on.
    """

    use_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            self.tr("Versions"),
            self.tr("Each learning run that passed its exam made a version. Go back to any of them, at once."),
            names.VERSIONS_PAGE,
        )
        self._active = 0
        hint = self.tr("Correct a reply, then press “Learn now”.")
        self.cards = CardList("versions", EmptyState("versions", self.tr("Only the base model so far"), hint))
        self.compare = ComparePanel()
        self.body.addWidget(self.cards)
        self.body.addWidget(section(self.tr("Compare")))
        self.body.addWidget(self.compare)

    def show_view(self, view: VersionsView) -> None:
        """The list, newest first, and what can be compared."""
        self._active = view.active
        self.cards.fill([self._card(item) for item in view.items])
        usable = [it.version.id for it in view.items if it.version.usable]
        self.compare.show_versions(usable, view.active)

    def _card(self, item: VersionItem) -> QWidget:
        version = item.version
        made, layout = card(names.VERSION_CARD)
        name = words.version_name(version.id)
        made.setAccessibleName(name)
        set_tone(made, "active" if item.active else "")
        layout.addLayout(self._head(item, name))
        if version.id == 0:
            layout.addWidget(label(self.tr("As it came, without anything you taught."), "muted", wrap=True))
        if item.lessons:
            taught = self.tr("Taught: {hints}").format(hints="; ".join(item.lessons[:4]))
            layout.addWidget(label(taught, "muted", wrap=True))
        if item.note:
            layout.addWidget(label(item.note, "strong", wrap=True))
        shown = [f"{what}: {value}" for what, value in figures(version.exam)]
        if shown:
            layout.addWidget(label(" · ".join(shown), "small", wrap=True))
        return made

    def _head(self, item: VersionItem, name: str) -> QHBoxLayout:
        version = item.version
        head = row(gap=0.6)
        head.addWidget(label(name, "heading"))
        if item.active:
            head.addWidget(tag(self.tr("In use"), "good"))
        if version.state == "damaged":
            head.addWidget(tag(self.tr("Damaged"), "bad"))
        if version.forgotten:
            head.addWidget(tag(self.tr("Contains something you forgot"), "bad"))
        head.addStretch(1)
        if version.id:
            head.addWidget(label(words.date_time(version.created_at), "small"))
            head.addWidget(label(words.lessons(len(version.lesson_ids)), "small"))
        if not item.active and version.usable:
            back = version.id < self._active
            words_on = self.tr("Go back to this") if back else self.tr("Use this")
            use = button(words_on, name=names.VERSION_USE, described=f"{words_on}: {name}")
            use.clicked.connect(lambda: self.use_wanted.emit(version.id))
            head.addWidget(use)
        return head

"""The memory page: add, edit, switch off, remove. The window does what its signals ask."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from app import names, words
from app.learning.page import tag
from app.widgets.basics import IconButton, button, label, row, section
from app.widgets.page import CardList, EmptyState, Page, card
from app.widgets.switch import Switch
from assistant.store.records import MemoryItem


class MemoryPage(Page):
    """Signals:
    added: text of a new standing instruction.
    edited: item id and its new text.
    switched: item id and whether it is in force.
    removed: item id.
    """

    added = Signal(str)
    edited = Signal(str, str)
    switched = Signal(str, bool)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            self.tr("Memory"),
            self.tr("What I keep in mind for every reply. It works at once, before I have learned it."),
            names.MEMORY_PAGE,
        )
        hint = self.tr("Write a wish above, or correct a reply: what holds from now on is kept here.")
        empty = EmptyState("memory", self.tr("No standing instructions yet"), hint)
        self.instructions = CardList("instructions", empty)
        teller = self.tr("Tell me something about you; I remember it.")
        nothing = EmptyState("noted", self.tr("No facts yet"), teller)
        self.facts = CardList("facts", nothing)
        self.body.addWidget(section(self.tr("Standing instructions")))
        self.body.addLayout(self._adder())
        self.body.addWidget(self.instructions)
        self.body.addWidget(section(self.tr("Facts")))
        self.body.addWidget(self.facts)

    def show_items(self, items: list[MemoryItem]) -> None:
        """All items, newest first."""
        newest = sorted(items, key=lambda item: item.id, reverse=True)
        self.instructions.fill([self._card(item) for item in newest if item.kind == "instruction"])
        self.facts.fill([self._card(item) for item in newest if item.kind == "fact"])

    def _adder(self) -> QHBoxLayout:
        line = row(gap=0.5)
        self.text = QLineEdit()
        self.text.setObjectName(names.MEMORY_ADD_TEXT)
        self.text.setAccessibleName(self.tr("New standing instruction"))
        self.text.setPlaceholderText(self.tr("For example: keep replies to one short sentence"))
        add = button(self.tr("Add"), name=names.MEMORY_ADD, described=self.tr("Add standing instruction"))
        line.addWidget(self.text, 1)
        line.addWidget(add)
        add.clicked.connect(self._on_add)
        self.text.returnPressed.connect(self._on_add)
        return line

    def _on_add(self) -> None:
        said = self.text.text().strip()
        if said:
            self.text.clear()
            self.added.emit(said)

    def _card(self, item: MemoryItem) -> QWidget:
        made, layout = card(names.MEMORY_CARD)
        made.setAccessibleName(item.text)
        line = row(gap=0.5)
        text = _Editable(item.text)
        text.edited.connect(lambda new: self.edited.emit(item.id, new))
        line.addWidget(text, 1)
        if item.state == "consolidated":
            learned = words.version_name(item.consolidated_version)
            line.addWidget(tag(self.tr("Learned in {v}").format(v=learned), "good"))
        on = Switch(name=names.MEMORY_SWITCH, described=self.tr("Keep in mind: {t}").format(t=item.text))
        on.setChecked(item.state == "active")
        on.clicked.connect(lambda keep: self.switched.emit(item.id, keep))
        line.addWidget(on)
        edit = IconButton("pencil", self.tr("Edit: {t}").format(t=item.text), names.MEMORY_EDIT)
        edit.clicked.connect(text.start)
        remove = IconButton("trash", self.tr("Remove: {t}").format(t=item.text), names.MEMORY_REMOVE)
        remove.clicked.connect(lambda: self.removed.emit(item.id))
        line.addWidget(edit)
        line.addWidget(remove)
        layout.addLayout(line)
        source = words.date_time(item.created_at)
        if item.source_text and item.source_text != item.text:
            source += " · " + self.tr("You said: “{words}”").format(words=item.source_text)
        layout.addWidget(label(source, "small", wrap=True))
        return made


class _Editable(QFrame):
    """Text that becomes a field on request."""

    edited = Signal(str)

    def __init__(self, text: str) -> None:
        super().__init__()
        self._label = label(text, "strong", wrap=True, selectable=True)
        self._field = QLineEdit(text)
        self._field.setAccessibleName(self.tr("Edit: {t}").format(t=text))
        self._field.hide()
        layout = row(self, gap=0)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._field, 1)
        layout.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._field.editingFinished.connect(self._on_done)

    def start(self) -> None:
        """Shows the field with the keyboard in it."""
        self._label.hide()
        self._field.show()
        self._field.setFocus()
        self._field.selectAll()

    def _on_done(self) -> None:
        if self._field.isHidden():
            return
        self._field.hide()
        self._label.show()
        new = self._field.text().strip()
        if new and new != self._label.text():
            self._label.setText(new)
            self.edited.emit(new)

"""A simple form over the settings; what is out of range cannot be entered."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import names, theme
from app.widgets.basics import button, column, label, row, rule, section
from app.widgets.switch import Switch
from assistant.settings import Settings


class SettingsDialog(QDialog):
    """Signals:
    saved: the new `Settings`.
    trash_wanted: delete what is in the trash for good.
    """

    saved = Signal(object)
    trash_wanted = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setObjectName(names.SETTINGS_DIALOG)
        self.setWindowTitle(self.tr("Settings"))
        self.setAccessibleName(self.tr("Settings"))
        self.setMinimumWidth(theme.space(36))
        self._make_fields(settings)
        layout = column(self, gap=0.7, margin=1.3)
        layout.addWidget(label(self.tr("Settings"), "title"))
        for title, rows in self._sections():
            _add_section(layout, title, rows)
        layout.addWidget(rule())
        layout.addLayout(self._foot())

    def values(self) -> Settings:
        """The settings as the form has them now."""
        tree = self._settings.model_dump()
        tree["appearance"]["scheme"] = self.scheme.currentData()
        tree["appearance"]["font_size_pt"] = self.font_size.value()
        if self.temperature.value() != round(self._settings.chat.temperature, 2):
            # The field shows two digits; a finer value from the file stays as it is.
            tree["chat"]["temperature"] = self.temperature.value()
        tree["chat"]["max_tokens"] = self.max_tokens.value()
        tree["chat"]["system_prompt"] = self.system_prompt.toPlainText().strip()
        tree["memory"]["enabled"] = self.memory.isChecked()
        tree["learning"]["enabled"] = self.learning.isChecked()
        tree["learning"]["time_budget_s"] = self.run_time.value()
        tree["serving"]["model"] = self.model.text().strip()
        return Settings.model_validate(tree)

    def _make_fields(self, settings: Settings) -> None:
        self.scheme = QComboBox()
        schemes = {
            "system": self.tr("As the desktop"),
            "light": self.tr("Light"),
            "dark": self.tr("Dark"),
        }
        for code, words in schemes.items():
            self.scheme.addItem(words, code)
        self.scheme.setCurrentIndex(self.scheme.findData(settings.appearance.scheme))
        self.font_size = _number(0, 32, settings.appearance.font_size_pt, self.tr(" pt"))
        self.font_size.setSpecialValueText(self.tr("As the desktop"))
        self.temperature = QDoubleSpinBox()
        self.temperature.setRange(0, 2)
        self.temperature.setSingleStep(0.1)
        self.temperature.setValue(settings.chat.temperature)
        self.max_tokens = _number(1, 8192, settings.chat.max_tokens, "")
        self.system_prompt = QPlainTextEdit(settings.chat.system_prompt)
        self.system_prompt.setTabChangesFocus(True)
        self.system_prompt.setFixedHeight(theme.space(4))
        self.memory = Switch()
        self.memory.setChecked(settings.memory.enabled)
        self.learning = Switch()
        self.learning.setChecked(settings.learning.enabled)
        self.run_time = _number(10, 36_000, settings.learning.time_budget_s, self.tr(" s"))
        self.run_time.setSingleStep(30)
        self.model = QLineEdit(settings.serving.model)
        self.model.setPlaceholderText(self.tr("The starter model"))

    def _sections(self) -> list[tuple[str, list[tuple[str, QWidget]]]]:
        return [
            (
                self.tr("Appearance"),
                [(self.tr("Colours"), self.scheme), (self.tr("Text size"), self.font_size)],
            ),
            (
                self.tr("Replies"),
                [
                    (self.tr("Liveliness"), self.temperature),
                    (self.tr("Longest reply (word pieces)"), self.max_tokens),
                    (self.tr("Always told first"), self.system_prompt),
                ],
            ),
            (
                self.tr("Learning"),
                [
                    (self.tr("Use standing instructions and facts"), self.memory),
                    (self.tr("Learn from my feedback"), self.learning),
                    (self.tr("Time for one run"), self.run_time),
                ],
            ),
            (self.tr("Model file"), [(self.tr("Own model file"), self._model_row())]),
        ]

    def _model_row(self) -> QWidget:
        made = QWidget()
        layout = row(made, gap=0.4)
        layout.addWidget(self.model, 1)
        browse = button(self.tr("Choose…"), described=self.tr("Choose a model file"))
        browse.clicked.connect(self._on_browse)
        layout.addWidget(browse)
        self.model.setAccessibleName(self.tr("Own model file"))
        return made

    def _foot(self) -> QHBoxLayout:
        foot = row(gap=0.5)
        trash = button(self.tr("Empty the trash"), "danger")
        trash.setToolTip(self.tr("Deletes the conversations in the trash for good."))
        trash.clicked.connect(self.trash_wanted)
        cancel = button(self.tr("Cancel"))
        save = button(self.tr("Save"), "primary", name=names.SETTINGS_SAVE)
        save.setDefault(True)
        foot.addWidget(trash)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(save)
        cancel.clicked.connect(self.reject)
        save.clicked.connect(self._on_save)
        return foot

    def _on_browse(self) -> None:
        chooser = QFileDialog(self, self.tr("Choose a model file"))
        chooser.setNameFilter(self.tr("Model files (*.gguf)"))
        chooser.fileSelected.connect(self.model.setText)
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def _on_save(self) -> None:
        self.saved.emit(self.values())
        self.accept()


def _number(least: int, most: int, value: int, unit: str) -> QSpinBox:
    made = QSpinBox()
    made.setRange(least, most)
    made.setValue(value)
    made.setSuffix(unit)
    return made


def _add_section(layout: QVBoxLayout, title: str, rows: list[tuple[str, QWidget]]) -> None:
    layout.addWidget(section(title))
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.space(1))
    grid.setVerticalSpacing(theme.space(0.5))
    grid.setColumnMinimumWidth(0, theme.space(16.5))
    grid.setColumnStretch(1, 1)
    for at, (words, field) in enumerate(rows):
        if not field.accessibleName():
            field.setAccessibleName(words)
        field.setMinimumHeight(max(field.minimumHeight(), theme.space(1.7)))
        grid.addWidget(label(words), at, 0)
        grid.addWidget(field, at, 1)
    layout.addLayout(grid)

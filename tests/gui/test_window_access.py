"""Names for screen readers, contrast, right-to-left, both schemes, one window per data directory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.window_backend import FakeBackend, settle
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QProgressBar,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app import names, theme
from app.main_window import MainWindow
from app.single_instance import SingleInstance
from assistant.paths import DataDir

CONTROLS = (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QProgressBar,
    QTextBrowser,
)
# Parts that Qt makes inside its own controls; the control around them has the name.
QT_PARTS = ("qt_spinbox_lineedit", "qt_scrollarea_viewport")


def nameless(widget: QWidget) -> list[str]:
    found = []
    for control in widget.findChildren(QWidget):
        if not isinstance(control, CONTROLS) or control.objectName() in QT_PARTS:
            continue
        if type(control).__name__ == "QLineEditIconButton" or isinstance(control.parent(), QComboBox):
            continue
        interface = QAccessible.queryAccessibleInterface(control)
        if not _name(interface).strip():
            found.append(f"{type(control).__name__} {control.objectName()!r}")
    return found


def _name(interface: QAccessibleInterface | None) -> str:
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


@pytest.fixture
def busy_window(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> MainWindow:
    """A window with a message of each kind, an open correction box, and something on each page."""
    backend.policy.queue("Look:\n\n```python\nx = 1\n```\n")
    window.chat.send("Show me code")
    qtbot.waitUntil(lambda: not window.chat.is_busy())
    settle(qtbot, window)
    row = window.chat_page.transcript.last_reply()
    assert row is not None
    row.bar.down.click()
    settle(qtbot, window)
    row.open_correction()
    for nav in (names.NAV_LEARNING, names.NAV_VERSIONS, names.NAV_LEDGER, names.NAV_MEMORY):
        window.show_page(nav)
        settle(qtbot, window)
    window.show_page("")
    return window


def test_every_control_has_a_name(qtbot: QtBot, busy_window: MainWindow) -> None:
    assert nameless(busy_window) == []
    dialog = busy_window.open_settings()
    assert nameless(dialog) == []
    dialog.close()


def test_the_check_for_names_can_fail(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    QLineEdit(parent)
    assert len(nameless(parent)) == 1


def test_replies_can_be_read_by_screen_readers(busy_window: MainWindow) -> None:
    row = busy_window.chat_page.transcript.last_reply()
    interface = QAccessible.queryAccessibleInterface(row.view)
    text = interface.textInterface()
    assert "x = 1" in text.text(0, text.characterCount())


def test_the_keyboard_reaches_everything_in_a_reply(busy_window: MainWindow) -> None:
    row = busy_window.chat_page.transcript.last_reply()
    for control in (row.bar.up, row.bar.down, row.bar.copy, row.bar.again, row.view):
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("tone", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_has_enough_contrast(tone: theme.Colours) -> None:
    pairs = [
        (ink, paper)
        for ink in (tone.text, tone.muted, tone.accent, tone.bad)
        for paper in (tone.window, tone.side, tone.surface, tone.raised)
    ]
    pairs += [(tone.on_accent, tone.accent), (tone.text, tone.bubble), (tone.accent, tone.accent_soft)]
    pairs += [(tone.text, tone.selection), (tone.bad, tone.bad_soft)]
    inks = (tone.code_keyword, tone.code_string, tone.code_comment, tone.code_number, tone.code_name)
    pairs += [(ink, tone.code) for ink in inks]
    weak = {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 4.5}
    assert weak == {}


def contrast(ink: str, paper: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((_luminance(QColor(ink)), _luminance(QColor(paper))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.fixture
def restored_look(qapp: QApplication) -> Iterator[None]:
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    theme.apply_theme(qapp, "light")


def test_schemes_switch_while_the_window_is_open(
    qtbot: QtBot, qapp: QApplication, busy_window: MainWindow, restored_look: None
) -> None:
    theme.apply_theme(qapp, "dark")
    assert theme.is_dark()
    image = busy_window.grab().toImage()
    assert image.pixelColor(image.width() - 30, image.height() // 2).lightness() < 60
    theme.apply_theme(qapp, "light", 14)
    assert qapp.font().pointSize() == 14
    image = busy_window.grab().toImage()
    assert image.pixelColor(image.width() - 30, image.height() // 2).lightness() > 230


def test_right_to_left(qtbot: QtBot, qapp: QApplication, busy_window: MainWindow, restored_look: None) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    qtbot.waitUntil(lambda: busy_window.side.geometry().left() > busy_window.pages.geometry().left())


def test_no_button_cuts_its_words(qtbot: QtBot, busy_window: MainWindow) -> None:
    for nav in ("", names.NAV_LEARNING, names.NAV_VERSIONS, names.NAV_LEDGER, names.NAV_MEMORY):
        busy_window.show_page(nav)
        settle(qtbot, busy_window)
        cut = [
            control.text()
            for control in busy_window.findChildren(QAbstractButton)
            if control.isVisible() and control.text() and control.width() < control.minimumSizeHint().width()
        ]
        assert cut == []


def test_the_second_window_raises_the_first(qtbot: QtBot, data: DataDir) -> None:
    first, second = SingleInstance(data), SingleInstance(data)
    assert first.claim()
    assert not second.claim()
    with qtbot.waitSignal(first.raise_wanted):
        assert second.raise_other()
    first.release()
    assert second.claim()
    second.release()


def test_other_data_directories_have_windows_of_their_own(data: DataDir) -> None:
    first, second = SingleInstance(data), SingleInstance(DataDir.resolve(data.root / "other"))
    assert first.claim()
    assert second.claim()
    first.release()
    second.release()

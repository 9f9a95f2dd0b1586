"""Links in replies: the target is shown, and nothing opens without a yes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

_OPENABLE = ("http", "https", "mailto")


def is_openable(url: QUrl) -> bool:
    """Web and mail addresses only: never files, never scripts."""
    return url.isValid() and url.scheme().lower() in _OPENABLE


def ask_to_open(parent: QWidget, url: QUrl, opener: Callable[[QUrl], object] = QDesktopServices.openUrl) -> QMessageBox:
    """Shows where a link leads; opens it after a yes. Returns the dialog, which does not block."""
    shown = url.toDisplayString(QUrl.ComponentFormattingOption.FullyEncoded)
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    if is_openable(url):
        box.setText(QCoreApplication.translate("Links", "Open this link outside Mentee?"))
        box.setStandardButtons(QMessageBox.StandardButton.Open | QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.button(QMessageBox.StandardButton.Open).clicked.connect(lambda: opener(url))
    else:
        box.setText(QCoreApplication.translate("Links", "This kind of link is not opened."))
        box.setStandardButtons(QMessageBox.StandardButton.Close)
    box.setInformativeText(shown)
    box.setWindowTitle(QCoreApplication.translate("Links", "Link"))
    box.open()
    return box

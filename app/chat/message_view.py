"""The text of one message: read-only, as high as its content, unable to load or open anything by itself."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from app import names, theme
from app.chat.markdown import CodeBlock, SafeDocument, render_markdown, render_plain
from app.widgets.basics import IconButton

_SCROLL_KEYS = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)


class MessageView(QTextBrowser):
    """Shows Markdown (replies) or plain text (the user's words).

    Signals:
        link_wanted: the user clicked a link; nothing has been opened.
    """

    link_wanted = Signal(QUrl)

    def __init__(self, *, markdown: bool) -> None:
        super().__init__()
        self._markdown = markdown
        self._text = ""
        self._shown: SafeDocument | None = None
        self._code: list[CodeBlock] = []
        self._quotes: list[tuple[int, int]] = []
        self._copies: list[IconButton] = []
        self.setObjectName(names.MESSAGE_TEXT)
        self.setProperty("kind", "message")
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.anchorClicked.connect(self.link_wanted)
        # The document that Qt brings along could load files.
        self.set_text("")

    def text(self) -> str:
        """The raw text, not what is drawn of it."""
        return self._text

    def set_text(self, text: str) -> None:
        """Renders the whole text anew."""
        self._text = text
        old = self._shown
        rendered = (render_markdown if self._markdown else render_plain)(text, self)
        document, self._code, self._quotes = rendered.document, rendered.code, rendered.quotes
        option = document.defaultTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        document.setDefaultFont(self.font())
        self.setDocument(document)
        self._shown = document
        # Qt itself deletes only the document that the widget was made with.
        if old is not None:
            old.deleteLater()
        for control in self._copies:
            control.set_icon_name("copy")
        self._fit()

    def natural_width(self, most: int) -> int:
        """The width that the text needs, in pixels, `most` at the most."""
        self.document().setTextWidth(most)
        return min(most, math.ceil(self.document().idealWidth()) + 1)

    def loadResource(self, _kind: int, _url: QUrl | str) -> None:
        """Nothing: replies may name any file or address."""
        return

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wraps the text to the new width and takes the height it needs."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Left to the transcript."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that scroll are left to the transcript."""
        if event.key() in _SCROLL_KEYS and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Renders again in the new colours or the new font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._text:
            self.set_text(self._text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the panels behind code, then the text."""
        if self._code or self._quotes:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for block in self._code:
                self._paint_panel(painter, block)
            for first, last in self._quotes:
                bar = self._extent(first, last)
                bar.setWidth(theme.em() * 0.18)
                painter.fillRect(bar.translated(theme.em() * 0.3, 0), QColor(theme.colours().accent))
            painter.end()
        super().paintEvent(event)

    def _paint_panel(self, painter: QPainter, block: CodeBlock) -> None:
        tone, panel, radius = theme.colours(), self._panel(block), theme.em() * 0.45
        painter.setPen(QColor(tone.line))
        painter.setBrush(QColor(tone.code))
        painter.drawRoundedRect(panel.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setPen(QColor(tone.muted))
        title = QRectF(panel.left() + theme.em() * 0.8, panel.top(), panel.width(), theme.em() * 1.7)
        painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, block.language)

    def _panel(self, block: CodeBlock) -> QRectF:
        return self._extent(block.first, block.last).adjusted(0, theme.em() * -1.8, 0, theme.em() * 0.8)

    def _extent(self, first: int, last: int) -> QRectF:
        """Where these text blocks lie, over the whole width."""
        layout, document = self.document().documentLayout(), self.document()
        top = layout.blockBoundingRect(document.findBlockByNumber(first)).top()
        bottom = layout.blockBoundingRect(document.findBlockByNumber(last)).bottom()
        return QRectF(0, top, self.viewport().width(), bottom - top)

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        height = math.ceil(self.document().size().height())
        self.setFixedHeight(max(height, theme.space(1)))
        self._place_copies()

    def _place_copies(self) -> None:
        while len(self._copies) < len(self._code):
            self._copies.append(self._copy_button(len(self._copies)))
        for at, control in enumerate(self._copies):
            control.setVisible(at < len(self._code))
            if at < len(self._code):
                panel = self._panel(self._code[at])
                size = control.sizeHint()
                left = round(panel.right() - size.width() - theme.em() * 0.3)
                control.setGeometry(left, round(panel.top() + theme.em() * 0.15), size.width(), size.height())

    def _copy_button(self, at: int) -> IconButton:
        control = IconButton("copy", self.tr("Copy this code"), names.COPY_CODE, lines=0.8)
        control.setParent(self.viewport())
        control.clicked.connect(lambda: self._copy_code(at))
        return control

    def _copy_code(self, at: int) -> None:
        QGuiApplication.clipboard().setText(self._code[at].code)
        self._copies[at].set_icon_name("check")

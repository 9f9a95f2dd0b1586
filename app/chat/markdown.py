"""Turns model output into a document that shows it and does nothing else.

Model output is untrusted: no HTML, no pictures, nothing fetched from disk or network, bounded length. The
document is only a cache of the text; the text itself stays in the store.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QUrl
from PySide6.QtGui import (
    QColor,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLayout,
    QTextTable,
    QTextTableFormat,
)

from app import theme
from app.chat.highlight import Span, spans_per_line

MAX_CHARS = 60_000
_FEATURES = QTextDocument.MarkdownFeature(
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub.value | QTextDocument.MarkdownFeature.MarkdownNoHTML.value
)
_LINE_HEIGHT_PERCENT = 128
# Embeddings, overrides and isolates can make a link look as if it led somewhere else.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


class SafeDocument(QTextDocument):
    """A document that cannot load anything."""

    def loadResource(self, _kind: int, _url: QUrl | str) -> None:
        """Nothing, whatever is asked for."""
        return


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Where a fenced block lies: numbers of its first and last text block."""

    first: int
    last: int
    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A styled document; code, and first and last text block of each quotation, need panels behind them."""

    document: SafeDocument
    code: list[CodeBlock]
    quotes: list[tuple[int, int]]


def render_markdown(text: str, parent: QObject) -> Rendered:
    """A styled document of the reply."""
    document = _document(parent)
    document.setMarkdown(_bounded(text), _FEATURES)
    # Before any layout, because laying out a picture is what would load it.
    _replace_pictures(document)
    blocks = _code_blocks(document)
    quotes = _runs(document, QTextFormat.Property.BlockQuoteLevel)
    _style(document)
    for block in blocks:
        _style_code(document, block)
    return Rendered(document, blocks, [(group[0].blockNumber(), group[-1].blockNumber()) for group in quotes])


def render_plain(text: str, parent: QObject) -> Rendered:
    """A document of plain text, for what the user wrote."""
    document = _document(parent)
    document.setPlainText(_bounded(text))
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    spacing = QTextBlockFormat()
    spacing.setLineHeight(_LINE_HEIGHT_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor.mergeBlockFormat(spacing)
    return Rendered(document, [], [])


def _document(parent: QObject) -> SafeDocument:
    document = SafeDocument(parent)
    document.setUndoRedoEnabled(False)
    document.setDocumentMargin(0)
    return document


def _bounded(text: str) -> str:
    clean = _BIDI_CONTROLS.sub("", text)
    if len(clean) <= MAX_CHARS:
        return clean
    note = QCoreApplication.translate("Transcript", "The rest is too long to show; “Copy” takes all of it.")
    return f"{clean[:MAX_CHARS]}\n\n… {note}"


def _blocks(document: QTextDocument) -> list[QTextBlock]:
    found, block = [], document.begin()
    while block.isValid():
        found.append(block)
        block = block.next()
    return found


def _replace_pictures(document: QTextDocument) -> None:
    pictures = [
        (block.position() + span.start, span.length, QTextCharFormat(span.format).toImageFormat())
        for block in _blocks(document)
        for span in block.textFormats()
        if QTextCharFormat(span.format).isImageFormat()
    ]
    cursor = QTextCursor(document)
    plain = QTextCharFormat()
    plain.setFontItalic(True)
    plain.setForeground(QColor(theme.colours().muted))
    for position, length, picture in reversed(pictures):
        words = str(picture.property(QTextFormat.Property.ImageAltText) or picture.name())
        shown = QCoreApplication.translate("Transcript", "[picture not loaded: {words}]").format(words=words)
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(shown, plain)


def _runs(document: QTextDocument, mark: QTextFormat.Property) -> list[list[QTextBlock]]:
    """Groups of neighbouring text blocks whose format has a property."""
    groups: list[list[QTextBlock]] = []
    for block in _blocks(document):
        if not block.blockFormat().hasProperty(mark):
            continue
        if groups and groups[-1][-1].blockNumber() == block.blockNumber() - 1:
            groups[-1].append(block)
        else:
            groups.append([block])
    return groups


def _code_blocks(document: QTextDocument) -> list[CodeBlock]:
    groups = _runs(document, QTextFormat.Property.BlockCodeLanguage)
    return [
        CodeBlock(
            group[0].blockNumber(),
            group[-1].blockNumber(),
            str(group[0].blockFormat().property(QTextFormat.Property.BlockCodeLanguage) or ""),
            "\n".join(line.text() for line in group),
        )
        for group in groups
    ]


def _style(document: QTextDocument) -> None:
    line = theme.em()
    tone = theme.colours()
    cursor = QTextCursor(document)
    for block in _blocks(document):
        shape = QTextBlockFormat(block.blockFormat())
        in_list = block.textList() is not None
        in_table = isinstance(QTextCursor(block).currentTable(), QTextTable)
        percent = 100 if in_table else _LINE_HEIGHT_PERCENT
        shape.setLineHeight(percent, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        gap = 0.0 if in_table else line * (0.14 if in_list else 0.3)
        shape.setTopMargin(line * 0.7 if shape.headingLevel() and block.blockNumber() else gap)
        shape.setBottomMargin(gap)
        if shape.hasProperty(QTextFormat.Property.BlockQuoteLevel):
            shape.setLeftMargin(line * 1.1)
        cursor.setPosition(block.position())
        cursor.setBlockFormat(shape)
        for span in block.textFormats():
            words = QTextCharFormat(span.format)
            if words.isAnchor() or words.fontFixedPitch():
                cursor.setPosition(block.position() + span.start)
                cursor.setPosition(cursor.position() + span.length, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(_inline(words, tone))
    _style_tables(document, tone)


def _inline(words: QTextCharFormat, tone: theme.Colours) -> QTextCharFormat:
    look = QTextCharFormat()
    if words.isAnchor():
        look.setForeground(QColor(tone.accent))
        look.setFontUnderline(True)
        look.setToolTip(words.anchorHref())
    else:
        look.setFontFamilies(theme.mono_font().families())
        look.setBackground(QColor(tone.code))
    return look


def _style_tables(document: QTextDocument, tone: theme.Colours) -> None:
    for inner in document.rootFrame().childFrames():
        if isinstance(inner, QTextTable):
            shape = inner.format()
            shape.setBorderCollapse(True)
            shape.setBorder(1)
            shape.setBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
            shape.setBorderBrush(QColor(tone.line))
            shape.setCellPadding(theme.em() * 0.3)
            shape.setCellSpacing(0)
            shape.setTopMargin(theme.em() * 0.4)
            shape.setBottomMargin(theme.em() * 0.4)
            inner.setFormat(shape)


def _style_code(document: QTextDocument, code: CodeBlock) -> None:
    cursor = QTextCursor(document)
    font = QTextCharFormat()
    font.setFont(theme.mono_font())
    edge = theme.em()
    for number, spans in enumerate(spans_per_line(code.code, code.language), start=code.first):
        block = document.findBlockByNumber(number)
        shape = QTextBlockFormat(block.blockFormat())
        shape.setNonBreakableLines(False)
        shape.setLeftMargin(edge * 0.8)
        shape.setRightMargin(edge * 0.8)
        shape.setTopMargin(edge * 2.2 if number == code.first else 0)
        shape.setBottomMargin(edge * 1.5 if number == code.last else 0)
        cursor.setPosition(block.position())
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.setBlockFormat(shape)
        cursor.mergeCharFormat(font)
        block.layout().setFormats([_coloured(span) for span in spans])


def _coloured(span: Span) -> QTextLayout.FormatRange:
    piece = QTextLayout.FormatRange()
    piece.start = span.start
    piece.length = span.length
    look = QTextCharFormat()
    look.setForeground(QColor(span.colour))
    piece.format = look
    return piece

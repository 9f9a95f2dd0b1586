"""The transcript alone: hostile text, scrolling, the window of rows, code blocks, pacing."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPalette
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app import links, names, theme
from app.chat.items import MessageItem
from app.chat.markdown import MAX_CHARS
from app.chat.message_row import ReplyRow
from app.chat.message_view import MessageView
from app.chat.pacer import Pacer, interval_ms
from app.chat.transcript import WINDOW, Transcript
from app.widgets.basics import IconButton


def exchange(count: int, words: str = "word " * 60) -> list[MessageItem]:
    roles = ("user", "assistant")
    return [MessageItem(f"m{at}", "c", roles[at % 2], f"{at} {words}") for at in range(count)]


@pytest.fixture
def transcript(qtbot: QtBot) -> Iterator[Transcript]:
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    yield made
    made.hide()


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[MessageView]:
    made = MessageView(markdown=True)
    qtbot.addWidget(made)
    made.resize(500, 100)
    made.show()
    yield made
    made.hide()


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and who called there."""
    calls: list[str] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            calls.append(str(self.client_address))

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", calls
        server.shutdown()
        thread.join()


def test_hostile_markdown_fetches_nothing(
    qtbot: QtBot, view: MessageView, listener: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, calls = listener
    picture = tmp_path / "secret.png"
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    image.save(str(picture))
    view.set_text(
        f"![a]({address}/a.png) ![b]({picture}) ![c]({picture.as_uri()})\n\n"
        f'<img src="{address}/b.png"> <link rel="stylesheet" href="{address}/c.css">\n\n'
        f'<script>fetch("{address}")</script> <iframe src="{address}"></iframe>'
    )
    grabbed = view.grab().toImage()
    qtbot.wait(50)
    assert calls == []
    pixels = {grabbed.pixelColor(x, y).name() for x in range(grabbed.width()) for y in range(grabbed.height())}
    assert "#ff0000" not in pixels
    assert "<script>" in view.toPlainText()
    assert "picture not loaded: a" in view.toPlainText()


def test_no_resource_is_ever_loaded(view: MessageView) -> None:
    for kind in range(1, 7):
        assert view.loadResource(kind, QUrl("file:///etc/hostname")) is None
        assert view.document().loadResource(kind, QUrl("file:///etc/hostname")) is None


def test_links_open_only_after_a_yes(qtbot: QtBot, transcript: Transcript) -> None:
    opened: list[QUrl] = []
    parent = QWidget()
    qtbot.addWidget(parent)
    target = QUrl("https://example.org/a?b=c")
    box = links.ask_to_open(parent, target, opened.append)
    assert box.informativeText() == "https://example.org/a?b=c"
    assert opened == []
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert opened == []
    again = links.ask_to_open(parent, target, opened.append)
    again.button(QMessageBox.StandardButton.Open).click()
    assert opened == [target]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "smb://h/s"])
def test_other_links_are_refused(qtbot: QtBot, address: str) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    box = links.ask_to_open(parent, QUrl(address))
    assert box.button(QMessageBox.StandardButton.Open) is None
    box.close()


def test_a_click_on_a_link_only_asks(qtbot: QtBot, view: MessageView) -> None:
    view.set_text("[here](https://example.org)")
    with qtbot.waitSignal(view.link_wanted) as caught:
        view.anchorClicked.emit(QUrl("https://example.org"))
    assert caught.args == [QUrl("https://example.org")]
    assert view.toPlainText() == "here"


def test_direction_marks_are_dropped_from_display(view: MessageView) -> None:
    view.set_text("[safe\u202egro.live\u202c](https://example.org)")
    assert "\u202e" not in view.toPlainText()
    assert "\u202e" in view.text()


def test_very_long_text_is_cut_in_display_only(view: MessageView) -> None:
    text = "a" * (MAX_CHARS + 100)
    view.set_text(text)
    assert len(view.toPlainText()) < MAX_CHARS + 100
    assert view.text() == text


@pytest.mark.parametrize(
    "text",
    ["```python\nx = 1", "- " * 400 + "x", "> " * 400 + "x", "|a|b|\n|-|-|\n|1|", "*" * 2000, "[" * 2000, "\x00\x01"],
    ids=["open fence", "nested lists", "nested quotes", "broken table", "stars", "brackets", "control characters"],
)
def test_odd_markdown_is_shown(view: MessageView, text: str) -> None:
    view.set_text(text)
    view.grab()
    assert view.height() > 0


def test_code_has_a_copy_button_and_colours(qtbot: QtBot, view: MessageView) -> None:
    view.set_text("Look:\n\n```python\ndef f():\n    return 'x'\n```\n\nand\n\n```\nplain\n```\n")
    copies = [it for it in view.findChildren(IconButton, names.COPY_CODE) if it.isVisible()]
    assert len(copies) == 2
    copies[0].click()
    assert QGuiApplication.clipboard().text() == "def f():\n    return 'x'"
    copies[1].click()
    assert QGuiApplication.clipboard().text() == "plain"
    first = next(block for block in _blocks(view) if block.text() == "def f():")
    colours = {piece.format.foreground().color().name() for piece in first.layout().formats()}
    assert theme.colours().code_keyword in colours


def test_copy_buttons_go_with_the_code(view: MessageView) -> None:
    view.set_text("```\na\n```")
    view.set_text("no code")
    assert not [it for it in view.findChildren(IconButton, names.COPY_CODE) if it.isVisible()]


def test_height_follows_width(qtbot: QtBot, view: MessageView) -> None:
    view.set_text("word " * 200)
    wide = view.height()
    view.resize(250, view.height())
    assert view.height() > wide
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() == 0)


def test_the_end_is_followed_until_the_reader_scrolls_up(qtbot: QtBot, transcript: Transcript) -> None:
    transcript.show_messages(exchange(10))
    bar = transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    assert not transcript.jump.isVisible()
    bar.setValue(bar.maximum() // 2)
    assert transcript.jump.isVisible()
    place, most = bar.value(), bar.maximum()
    transcript.append_text("m9", "\n\nmore" * 40)
    qtbot.waitUntil(lambda: bar.maximum() > most)
    assert bar.value() == place
    transcript.jump.click()
    assert bar.value() == bar.maximum()
    assert not transcript.jump.isVisible()
    transcript.append_text("m9", "\n\nmore" * 40)
    qtbot.waitUntil(lambda: bar.maximum() > most * 1.2 and bar.value() == bar.maximum())
    _rest(qtbot, transcript)


def test_only_the_last_messages_have_rows(qtbot: QtBot, transcript: Transcript) -> None:
    transcript.show_messages(exchange(WINDOW + 60, "short"))
    assert transcript.row("m59") is None
    assert transcript.row("m60") is not None
    earlier = next(it for it in transcript.findChildren(QWidget) if it.accessibleName() == "Show earlier messages")
    assert earlier.isVisible()
    earlier.click()
    assert transcript.row("m10") is not None
    earlier.click()
    assert transcript.row("m0") is not None
    assert not earlier.isVisible()


def test_a_long_session_frees_old_rows(qtbot: QtBot, transcript: Transcript) -> None:
    items = exchange(WINDOW, "short")
    transcript.show_messages(items)
    for at in range(WINDOW, WINDOW + 40):
        items = [*items, MessageItem(f"m{at}", "c", "user", "x")]
        transcript.show_messages(items)
    rows = [item for item in items if transcript.row(item.id) is not None]
    assert WINDOW <= len(rows) <= WINDOW + 20
    assert rows == items[-len(rows) :]


def test_rows_of_the_common_path_stay(transcript: Transcript) -> None:
    items = exchange(6)
    transcript.show_messages(items)
    kept = transcript.row("m1")
    transcript.show_messages([*items[:5], MessageItem("other", "c", "assistant", "else")])
    assert transcript.row("m1") is kept
    assert transcript.row("m5") is None
    assert transcript.row("other") is not None


def test_user_text_is_not_markdown(qtbot: QtBot, transcript: Transcript) -> None:
    transcript.show_messages([MessageItem("u", "c", "user", "# no *heading*")])
    assert transcript.row("u").view.toPlainText() == "# no *heading*"


def test_streaming_renders_are_bounded(qtbot: QtBot) -> None:
    rendered: list[int] = []
    owner = QWidget()
    qtbot.addWidget(owner)
    pacer = Pacer(lambda: rendered.append(1), owner)
    for _ in range(1000):
        pacer.poke()
    assert len(rendered) == 1
    pacer.finish()
    assert len(rendered) == 2


def test_the_pause_grows_with_the_cost() -> None:
    assert interval_ms(0.0) == 40
    assert interval_ms(0.004) == 40
    assert interval_ms(0.030) == 300


def test_streamed_text_arrives_whole(qtbot: QtBot, transcript: Transcript) -> None:
    transcript.show_messages([MessageItem("r", "c", "assistant", "", state="streaming")])
    for piece in ("**bo", "ld** and ", "`code`"):
        transcript.append_text("r", piece)
    transcript.show_messages([MessageItem("r", "c", "assistant", "**bold** and `code`")])
    row = transcript.row("r")
    assert isinstance(row, ReplyRow)
    assert row.view.toPlainText() == "bold and code"
    _rest(qtbot, transcript)


def test_colours_follow_the_palette(qtbot: QtBot, view: MessageView) -> None:
    view.set_text("`code`")
    before = view.document()
    view.setPalette(QPalette(QColor("#123456")))
    assert view.document() is not before
    assert view.toPlainText() == "code"


def _blocks(view: MessageView) -> list:
    found, block = [], view.document().begin()
    while block.isValid():
        found.append(block)
        block = block.next()
    return found


def _rest(qtbot: QtBot, transcript: Transcript) -> None:
    """Lets the pacers come to rest, since nothing may tick after a test."""
    from PySide6.QtCore import QTimer

    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in transcript.findChildren(QTimer)))

"""`mentee serve`: starts the policy server and says where it is.

The first line on stdout is JSON; nothing else is printed there. Logs go to <data>/logs and never hold message text.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import logging.handlers
import os
import secrets
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from assistant import settings as settings_file
from assistant.errors import AlreadyRunning, MenteeError, PortTaken
from assistant.paths import DataDir
from assistant.policy.gguf_info import inspect
from assistant.policy.starter import chosen_model

if TYPE_CHECKING:
    from assistant.policy.server import QuietServer
    from assistant.policy.serving import Serving

log = logging.getLogger("mentee.policy.serve")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    data: DataDir
    host: str
    port: int
    token: str
    model: str | None
    die_with_parent: bool
    unlisted: bool


def main(argv: list[str]) -> int:
    """Runs until told to stop; 0, or 1 with one line on stderr."""
    options = _parse(argv)
    try:
        return _serve(options)
    except MenteeError as problem:
        print(f"mentee serve: {problem}", file=sys.stderr)
        return 1


def _parse(argv: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="mentee serve", description="Runs the policy server.")
    parser.add_argument("--data-dir", metavar="DIR", help="where everything of this user lives")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--token", help="bearer token; made up when not given")
    parser.add_argument("--model", metavar="PATH", help="GGUF file; default: the one in the settings")
    parser.add_argument("--json", action="store_true", help="for symmetry: the first line is always JSON")
    parser.add_argument("--die-with-parent", action="store_true", help="end when standard input closes")
    parser.add_argument("--unlisted", action="store_true", help="beside another server; not found by the commands")
    args = parser.parse_args(argv)
    if not 0 <= args.port <= 65535:
        parser.error("--port must lie between 0 and 65535")
    token = args.token or os.environ.get("MENTEE_TOKEN") or secrets.token_urlsafe(32)
    return Options(
        DataDir.resolve(args.data_dir), args.host, args.port, token, args.model, args.die_with_parent, args.unlisted
    )


def _serve(options: Options) -> int:
    settings, aside = settings_file.load(options.data)
    if aside is not None:
        print(f"mentee serve: the settings file was broken; it is now {aside}", file=sys.stderr)
    _log_to_file(options.data)
    info = inspect(chosen_model(options.model, settings.serving.model), options.data)
    listener = _listen(options.host, options.port)
    with listener, _only_one(options):
        # Loaded late: a wrong path or a taken port is told at once.
        from assistant.policy.engine import Engine
        from assistant.policy.serving import Serving

        engine = Engine(info, context_tokens=settings.serving.context_tokens, threads=settings.serving.threads)
        try:
            serving = Serving(engine, options.data, settings)
            serving.restore()
            _run(options, serving, listener)
        finally:
            engine.close()
    return 0


def _run(options: Options, serving: Serving, listener: socket.socket) -> None:
    from assistant.policy.server import QuietServer, make_app, server_config

    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    hello = {"url": f"http://{shown}:{port}", "token": options.token, "model": serving.engine.info.name}

    def ready() -> None:
        if not options.unlisted:
            _write_server_file(options.data, {**hello, "model_path": str(serving.engine.info.path), "pid": os.getpid()})
        print(json.dumps({**hello, "version": serving.active}), flush=True)
        log.info("serving %s, version %d, on port %d", serving.engine.info.name, serving.active, port)

    server = QuietServer(server_config(make_app(serving, options.token)), serving, ready)
    if options.die_with_parent:
        threading.Thread(target=_wait_for_parent, args=(server,), name="parent-watch", daemon=True).start()
    try:
        server.run(sockets=[listener])
    finally:
        _remove_server_file(options.data)


@contextlib.contextmanager
def _only_one(options: Options) -> Iterator[None]:
    """Holds the data directory's server lock; the kernel lets go of it however this process ends."""
    if options.unlisted:
        yield
        return
    try:
        with FileLock(options.data.server_lock, timeout=0):
            yield
    except Timeout:
        raise AlreadyRunning("Another policy server runs on this data directory.") from None


def _wait_for_parent(server: QuietServer) -> None:
    """Standard input ends when the parent is gone, however it went."""
    while os.read(0, 4096):
        pass
    server.stop()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only for sockets that name TCP; without, every answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as problem:
        listener.close()
        raise PortTaken(f"Cannot listen on {host}:{port}: {problem.strerror or problem}.") from None
    return listener


def _write_server_file(data: DataDir, content: dict[str, object]) -> None:
    handle, name = tempfile.mkstemp(dir=data.root, prefix=".server-")  # made with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file)
    os.replace(name, data.server_file)


def _remove_server_file(data: DataDir) -> None:
    """Removes the file unless a newer server has written its own."""
    try:
        if json.loads(data.server_file.read_text(encoding="utf-8")).get("pid") == os.getpid():
            data.server_file.unlink()
    except (FileNotFoundError, ValueError):
        return


def _log_to_file(data: DataDir) -> None:
    handler = logging.handlers.RotatingFileHandler(
        data.logs / "policy.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)

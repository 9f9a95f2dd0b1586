"""The HTTP application of the policy."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI

from assistant.policy import http_errors, routes_chat, routes_model
from assistant.policy.guard import MAX_BODY_BYTES, Guard
from assistant.policy.serving import Serving

log = logging.getLogger("mentee.policy.server")


def make_app(serving: Serving, token: str, max_body_bytes: int = MAX_BODY_BYTES) -> FastAPI:
    """The application around one engine."""
    app = FastAPI(title="Mentee policy", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.serving = serving
    app.include_router(routes_chat.router)
    app.include_router(routes_model.router)
    http_errors.install(app)
    app.add_middleware(Guard, token=token, max_body_bytes=max_body_bytes)
    return app


class QuietServer(uvicorn.Server):
    """uvicorn without its ten wake-ups a second: it sleeps until it is told to stop."""

    def __init__(self, config: uvicorn.Config, serving: Serving, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._serving, self._on_ready = serving, on_ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def stop(self) -> None:
        """Asks the server to end. Any thread."""
        self.should_exit = True
        if self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM and SIGINT are requests to end; uvicorn would die of them once more after a clean end."""
        del sig, frame
        self.stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says that it is ready once it accepts connections."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)
        self._on_ready()

    async def main_loop(self) -> None:
        """Waits for the end."""
        assert self._stop is not None
        if not self.should_exit:
            await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Cancels what still runs, so that open streams end by themselves."""
        for request in list(self._serving.running.values()):
            request.cancel()
        await super().shutdown(sockets)


def server_config(app: FastAPI) -> uvicorn.Config:
    """uvicorn's settings: no access log (paths hold ids), no colours, our own handlers."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        http="h11",
        ws="none",
        server_header=False,
        date_header=False,
        timeout_keep_alive=300,
        timeout_graceful_shutdown=3,
    )

"""What every request passes first: the bearer token and the limit on its size. Plain ASGI, nothing is buffered."""

from __future__ import annotations

import hmac
import json
import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.policy.faults import log_fault
from assistant.policy.http_errors import error_body

log = logging.getLogger("mentee.policy.guard")

MAX_BODY_BYTES = 16 * 1024 * 1024
OPEN_PATHS = frozenset({"/health"})


class Guard:
    """Refuses requests without the token (401) or with too large a body (413)."""

    def __init__(self, app: ASGIApp, token: str, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._app, self._limit = app, max_body_bytes
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"authorization", b"")
        # compare_digest takes as long for a wrong token as for the right one.
        known = hmac.compare_digest(given, self._expected)
        scope.setdefault("state", {})["authorized"] = known
        if not known and scope["path"] not in OPEN_PATHS:
            await _refuse(send, 401, "The bearer token is missing or wrong.")
            return
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._limit:
            await _refuse(send, 413, f"The request is larger than {self._limit} bytes.")
            return
        await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts what really arrives: a chunked request announces no length."""
        received = 0
        started = False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooLarge:
            if not started:
                await _refuse(send, 413, f"The request is larger than {self._limit} bytes.")
        except Exception as problem:
            # Here and not in uvicorn, whose log would quote the exception's text.
            log_fault(log, "a request failed", problem)
            if not started:
                await _refuse(send, 500, "The server met an unexpected fault; see its log.")


class _TooLarge(BaseException):
    """Passes through every handler of the app."""


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps(error_body(status, message)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    # The rest of a refused body is not read, so the connection cannot be used again.
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""`POST /v1/chat/completions` and cancelling: the asynchronous edge between lanes and HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeAlias

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from assistant.policy.answering import Answer, Caller, prepare
from assistant.policy.generation import Delta, Event, Failed, Finished
from assistant.policy.http_errors import ApiError, as_api_error, error_body
from assistant.policy.protocol import ChatBody
from assistant.policy.replies import Chunks, event, whole
from assistant.policy.serving import Serving
from assistant.policy.tool_calls import may_be_call

MAX_RUNNING = 256
"""Requests in the queues together; beyond it 429."""

router = APIRouter()
Queue: TypeAlias = "asyncio.Queue[Event | None]"


async def read_json(request: Request) -> Any:
    """The JSON body.

    Raises:
        ApiError: it is none.
    """
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        raise ApiError(400, "The body is not valid JSON.", "invalid_json") from None


@router.post("/v1/chat/completions")
async def chat(request: Request) -> Response:
    """One chat completion, streamed or whole."""
    serving: Serving = request.app.state.serving
    if len(serving.running) >= MAX_RUNNING:
        raise ApiError(429, "Too many requests are waiting.", "rate_limit_exceeded")
    body = ChatBody.model_validate(await read_json(request))
    headers = request.headers
    caller = Caller.read(headers.get("x-turn-type"), headers.get("x-session-id"), headers.get("x-request-id"))
    queue: Queue = asyncio.Queue()
    answer = await asyncio.to_thread(prepare, serving, body, caller, _into(queue))
    serving.register(answer.id, answer.request)
    serving.engine.submit(answer.request, chat=caller.turn_type == "main")
    stream = ReplyStream(answer, queue)
    return stream if body.stream else await stream.collected(request.receive)


@router.post("/v1/requests/{request_id}/cancel")
async def cancel(request: Request, request_id: str) -> JSONResponse:
    """Ends a running reply; its stream ends with what was written and the reason "cancelled"."""
    serving: Serving = request.app.state.serving
    return JSONResponse({"cancelled": serving.cancel(request_id)})


def _into(queue: Queue) -> Callable[[Event], None]:
    """A listener for a lane's thread."""
    loop = asyncio.get_running_loop()
    return lambda event: call_in_loop(loop, queue.put_nowait, event)


def call_in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[Any], object], value: Any) -> None:
    """Hands a value from a lane's thread to the loop's."""
    try:
        loop.call_soon_threadsafe(call, value)
    except RuntimeError:
        # The loop is closed: the server is stopping and nobody listens any more.
        return


class ReplyStream(Response):
    """Sends a reply as server-sent events; a client that goes away cancels it."""

    def __init__(self, answer: Answer, queue: Queue) -> None:
        super().__init__(media_type="text/event-stream", headers=_headers(answer))
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-cache"
        self._answer, self._queue = answer, queue
        self._held: dict[int, str] = {}
        self._plain: set[int] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs until the last sample has ended."""
        watcher = asyncio.ensure_future(self._watch(receive))
        try:
            first = await self._next()
            if isinstance(first, Failed):
                await _error_response(first.error)(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._send_all(first, send)
        finally:
            watcher.cancel()
            self._close()

    async def collected(self, receive: Receive) -> Response:
        """The whole reply as one JSON."""
        watcher = asyncio.ensure_future(self._watch(receive))
        answer = self._answer
        try:
            while len(answer.done) < answer.request.n:
                event = await self._next()
                if isinstance(event, Failed):
                    return _error_response(event.error)
                if isinstance(event, Finished):
                    await self._end(event)
                elif event.tokens:
                    answer.tokens.setdefault(event.index, []).extend(event.tokens)
        finally:
            watcher.cancel()
            self._close()
        return JSONResponse(whole(answer), headers=_headers(answer))

    async def _send_all(self, first: Event, send: Send) -> None:
        answer, chunks, event_ = self._answer, Chunks(self._answer), first
        while True:
            if isinstance(event_, Failed):
                error = as_api_error(event_.error)
                await _write(send, event(error_body(error.status, str(error), error.code)))
                break
            if isinstance(event_, Delta):
                text = self._sendable(event_)
                if text or event_.tokens:
                    await _write(send, chunks.delta(event_, text))
            else:
                calls = await self._end(event_)
                await _write(send, chunks.last(event_, calls, self._held.pop(event_.index, "")))
                if len(answer.done) == answer.request.n:
                    await _write(send, chunks.tail())
                    break
            event_ = await self._next()
        await send({"type": "http.response.body", "body": b""})

    def _sendable(self, delta: Delta) -> str:
        """Text that may be shown now: what could be a tool call is held until the end."""
        if not self._answer.body.usable_tools or delta.index in self._plain:
            return delta.text
        text = self._held.pop(delta.index, "") + delta.text
        if may_be_call(text):
            self._held[delta.index] = text
            return ""
        self._plain.add(delta.index)
        return text

    async def _next(self) -> Event:
        while True:
            event = await self._queue.get()
            if event is not None:
                return event
            self._answer.request.cancel()

    async def _end(self, finished: Finished) -> list[dict[str, Any]]:
        """Stores an ended sample before anybody is told, so that feedback finds it."""
        answer = self._answer
        answer.done[finished.index] = finished
        calls = answer.calls_in(finished)
        if answer.attached:
            await asyncio.to_thread(answer.record, finished, calls)
        return calls

    async def _watch(self, receive: Receive) -> None:
        """Notices that the client has gone."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._queue.put_nowait(None)

    def _close(self) -> None:
        self._answer.request.cancelled = True
        self._answer.serving.unregister(self._answer.id)


def _headers(answer: Answer) -> dict[str, str]:
    headers = {"x-request-id": answer.id}
    if answer.attached:
        headers["x-turn-id"] = answer.attached.turn_id
    return headers


def _error_response(problem: Exception) -> JSONResponse:
    error = as_api_error(problem)
    return JSONResponse(error_body(error.status, str(error), error.code, error.param), error.status)


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})

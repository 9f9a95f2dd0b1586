"""Everything but chat: models, health, tokens, scores, adapters, versions, feedback."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from assistant.conversation.feedback import give_feedback
from assistant.errors import BadInput
from assistant.policy.http_errors import ApiError
from assistant.policy.protocol import (
    DetokenizeBody,
    FeedbackBody,
    LoadAdapterBody,
    ScoreBody,
    TokenizeBody,
    UnloadAdapterBody,
)
from assistant.policy.routes_chat import call_in_loop, read_json
from assistant.policy.serving import ACTIVE_NAME, Serving
from assistant.policy.side_tasks import ScoreTask
from assistant.store import Store
from assistant.store.records import Version

router = APIRouter()


def _serving(request: Request) -> Serving:
    serving: Serving = request.app.state.serving
    return serving


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Alive; and to whom has the token, what is served and what was put right. The only route open without one."""
    if not request.state.authorized:
        return {"status": "ok", "pid": os.getpid()}
    return {**_serving(request).health(), "pid": os.getpid()}


@router.get("/v1/models")
async def models(request: Request) -> dict[str, Any]:
    """The names a request may ask for."""
    serving = _serving(request)
    names = await asyncio.to_thread(serving.model_names)
    return {"object": "list", "data": [_model(serving, name) for name in names]}


@router.get("/v1/models/{name}")
async def model(request: Request, name: str) -> dict[str, Any]:
    """One of them."""
    serving = _serving(request)
    if name not in await asyncio.to_thread(serving.model_names):
        raise ApiError(404, f"The model {name!r} does not exist.", "model_not_found", "model")
    return _model(serving, name)


@router.post("/tokenize")
async def tokenize(request: Request) -> dict[str, Any]:
    """Token ids of chat messages (as a prompt) or of a text."""
    body = TokenizeBody.model_validate(await read_json(request))
    engine = _serving(request).engine
    if body.messages is not None:
        text = engine.template.render(body.messages, body.add_generation_prompt, body.tools)
        tokens = engine.model.tokenize_prompt(text)
    elif body.prompt is not None:
        tokens = engine.model.tokenize(body.prompt, add_special=body.add_special, parse_special=body.parse_special)
    else:
        raise BadInput("Either messages or prompt is needed.")
    return {
        "tokens": tokens,
        "count": len(tokens),
        "max_model_len": engine.n_ctx,
        "end_of_turn": engine.end_of_turn(),
    }


@router.post("/detokenize")
async def detokenize(request: Request) -> dict[str, Any]:
    """The text of token ids, special tokens spelled out."""
    body = DetokenizeBody.model_validate(await read_json(request))
    model = _serving(request).engine.model
    if not model.check_tokens(body.tokens):
        raise BadInput("There are token ids outside the vocabulary.")
    return {"prompt": model.detokenize(body.tokens)}


@router.post("/v1/score")
async def score(request: Request) -> dict[str, Any]:
    """Log-probabilities of given tokens under the model; logits are made only where needed."""
    body = ScoreBody.model_validate(await read_json(request))
    serving = _serving(request)
    return {"scores": await _score(serving, body)}


@router.post("/v1/load_lora_adapter")
async def load_adapter(request: Request) -> dict[str, Any]:
    """Loads a candidate from the data directory."""
    body = LoadAdapterBody.model_validate(await read_json(request))
    await asyncio.to_thread(_serving(request).load_candidate, body.lora_name, body.lora_path)
    return {"loaded": body.lora_name}


@router.post("/v1/unload_lora_adapter")
async def unload_adapter(request: Request) -> dict[str, Any]:
    """Lets go of a candidate."""
    body = UnloadAdapterBody.model_validate(await read_json(request))
    await asyncio.to_thread(_serving(request).unload_candidate, body.lora_name)
    return {"unloaded": body.lora_name}


@router.get("/v1/versions")
async def versions(request: Request) -> dict[str, Any]:
    """The versions of the served model."""
    serving = _serving(request)
    listed = await asyncio.to_thread(serving.list_versions)
    return {"active": serving.active, "data": [_version(one, serving.active) for one in listed]}


@router.post("/v1/versions/{version_id}/use")
async def use_version(request: Request, version_id: int) -> dict[str, Any]:
    """Swaps the adapter at the next turn boundary and remembers the choice."""
    serving = _serving(request)
    await asyncio.to_thread(serving.use, version_id)
    return {"active": serving.active}


@router.post("/v1/turns/{turn_id}/feedback")
async def feedback(request: Request, turn_id: str) -> dict[str, Any]:
    """Explicit feedback on a turn."""
    body = FeedbackBody.model_validate(await read_json(request))
    return await asyncio.to_thread(_feedback, _serving(request), turn_id, body)


def _feedback(serving: Serving, turn_id: str, body: FeedbackBody) -> dict[str, Any]:
    with Store.open(serving.data) as store:
        outcome = give_feedback(store, turn_id, body.kind, body.text)
    if outcome.taken_back:
        serving.take_back(outcome.taken_back)
    return {
        "feedback_id": outcome.feedback.id,
        "turn_id": outcome.feedback.turn_id,
        "lesson_id": outcome.lesson.id if outcome.lesson else None,
        "memory_id": outcome.memory_item.id if outcome.memory_item else None,
        "instruction": outcome.memory_item.text if outcome.memory_item else None,
        "note": outcome.note_code,
    }


async def _score(serving: Serving, body: ScoreBody) -> list[list[float]]:
    for one in body.sequences:
        serving.engine.check_score(one.tokens, one.start)
    adapter = (await asyncio.to_thread(serving.resolve, body.model)).adapter
    loop = asyncio.get_running_loop()
    waiting: list[asyncio.Future[list[float]]] = []
    tasks = []
    for one in body.sequences:
        future: asyncio.Future[list[float]] = loop.create_future()
        waiting.append(future)
        if adapter:
            adapter.acquire()  # each task releases it when it ends
        tasks.append(ScoreTask(one.tokens, one.start, adapter, _settle(loop, future)))
    if adapter:
        adapter.release()
    serving.engine.score(tasks)
    return list(await asyncio.gather(*waiting))


def _settle(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[list[float]]
) -> Callable[[list[float] | Exception], None]:
    """A listener for the lane's thread that settles a future of the loop."""

    def settle(scores: list[float] | Exception) -> None:
        if future.done():
            return
        if isinstance(scores, Exception):
            future.set_exception(ApiError(500, "The tokens could not be scored."))
        else:
            future.set_result(scores)

    return lambda scores: call_in_loop(loop, settle, scores)


def _model(serving: Serving, name: str) -> dict[str, Any]:
    info = serving.engine.info
    parent = None if name in (ACTIVE_NAME, f"{ACTIVE_NAME}:0") else f"{ACTIVE_NAME}:0"
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "mentee",
        "root": info.name,
        "parent": parent,
        "max_model_len": serving.engine.n_ctx,
    }


def _version(version: Version, active: int) -> dict[str, Any]:
    return {
        "id": version.id,
        "parent_id": version.parent_id,
        "state": version.state,
        "active": version.id == active,
        "created_at": version.created_at,
        "lessons": len(version.lesson_ids),
        "forgotten": version.forgotten,
        "exam": version.exam,
    }

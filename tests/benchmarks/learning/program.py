"""The arm "ours": the real program - store, chat service, feedback, `mentee learn` in a process of its own.

The person talks to the served model with everything that daily use has, standing instructions included; what is
evaluated are the weights alone, put into the bench.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant import settings as settings_file
from assistant.conversation.chat import ChatService
from assistant.conversation.events import ReplyFinished
from assistant.conversation.feedback import give_feedback
from assistant.paths import DataDir
from assistant.policy import versions
from assistant.policy.supervisor import connect_or_start
from assistant.store import Store
from training.prompts import Prompt
from training.simulation.reactions import Reaction
from training.simulation.users import Changing, User

from .bench import Answer, Bench, prepared
from .conversations import Interaction, asked, happened
from .footprint import ran
from .options import Options


class Ours:
    """One person's copy of the program; made by `ours`."""

    adapter = True
    told: tuple[str, ...] = ()

    def __init__(
        self, bench: Bench, person: User | Changing, seed: int, options: Options, data: DataDir, store: Store,
        service: ChatService,
    ) -> None:  # fmt: skip
        self.bench, self.person, self.seed = bench, person, seed
        self.data, self.store, self.service, self.options = data, store, service, options
        self.prompts = asked(person, seed, options.checkpoints[-1])
        self.settings = settings_file.load(data)[0]
        self.version = 0
        bench.fresh(seed)

    def converse(self, numbers: range) -> list[Interaction]:
        """One after another, each in a conversation of its own."""
        return [self._interaction(n, self.prompts[n]) for n in numbers]

    def _interaction(self, number: int, prompt: Prompt) -> Interaction:
        self.service.settings = self.settings.with_value("chat", "seed", self.seed * 100_003 + number)
        conversation = self.store.conversations.create()
        *_, last = self.service.reply(conversation.id, prompt.text)
        if not isinstance(last, ReplyFinished) or last.turn is None:
            raise RuntimeError(f"the reply did not end: {last}")
        answer = Answer(last.message.content, tuple(last.turn.reply_token_ids))
        one = happened(self.person, number, prompt, answer, self.seed)
        self._tell(last.turn.id, one.reaction)
        return one

    def _tell(self, turn_id: str, reaction: Reaction) -> None:
        if reaction.kind == "praise":
            give_feedback(self.store, turn_id, "praise")
        elif reaction.kind in ("correction", "rewrite"):
            give_feedback(self.store, turn_id, reaction.kind, reaction.text)

    def learn(self, turns: Sequence[Interaction]) -> dict[str, Any]:
        """`mentee learn`, and the version that is then in use is put into the bench."""
        began = time.monotonic()
        left = max(10, min(self.settings.learning.time_budget_s, int(min(self.options.left_s, 1e6))))
        settings_file.save(self.data, self.settings.with_value("learning", "time_budget_s", left))
        command = [sys.executable, "-m", "mentee", "learn", "--data-dir", str(self.data.root), "--seed", str(self.seed)]
        out, complaints, peak = ran(command)
        seconds = round(time.monotonic() - began, 1)
        if not out.strip():
            return {"seconds": seconds, "peak_mb": peak, "outcome": "failed", "reason": complaints.strip()[-500:]}
        result = json.loads(out.splitlines()[-1])
        self._put_in()
        exam = {key: value for key, value in result.get("exam", {}).items() if key != "examples"}
        return {
            "seconds": seconds, "peak_mb": peak, "outcome": result["outcome"],
            "reason": result["reason"], "stages": self._stages(), "exam": exam,
        }  # fmt: skip

    def _put_in(self) -> None:
        now = self.store.versions.active(self.bench.sha256)
        if now and now != self.version:
            self.bench.put_in(versions.load(self.data, now, self.bench.sha256).trained)
        self.version = now

    def _stages(self) -> dict[str, float]:
        """Seconds of each stage of the last run."""
        run = self.store.runs.list(1)[0]
        began = [(e.data["stage"], e.at) for e in self.store.runs.events(run.id) if e.kind == "stage"]
        ends = [*(at for _, at in began[1:]), run.finished_at or time.time()]
        return {stage: round(end - at, 1) for (stage, at), end in zip(began, ends, strict=True)}

    def state(self) -> Hashable:
        """The version in use."""
        return self.version


@contextmanager
def ours(bench: Bench, person: User | Changing, seed: int, options: Options, model: Path | None) -> Iterator[Ours]:
    """The program with an empty data directory and a server of its own."""
    with TemporaryDirectory(prefix="mentee-bench-") as folder:
        data = DataDir.resolve(folder)
        prepared(data, model, options.tokens_for(person.name))
        with connect_or_start(data) as client, Store.open(data) as store:
            service = ChatService(store, client, settings_file.load(data)[0])
            yield Ours(bench, person, seed, options, data, store, service)

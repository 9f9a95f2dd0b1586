"""What one correction and one run teach: `python -m tests.benchmarks.learning [--seeds N] [--interactions N]`.

A simulated user talks to the real program: one request, one correction in the user's own words, `mentee learn`. Then 32
held-out questions, which neither practice nor exam has seen, are answered without any instruction in the prompt.
The user's check sees style and content; the learner sees neither. Everything runs through the policy server. Prints
a table, mean over the seeds, and one JSON object as the last line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean
from typing import Any

from assistant import settings as settings_file
from assistant.conversation.chat import ChatService
from assistant.conversation.events import ReplyFinished
from assistant.conversation.feedback import give_feedback
from assistant.conversation.prompting import with_instructions
from assistant.memory.wording import short_form
from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.policy.supervisor import connect_or_start
from assistant.store import Store
from training.prompts import Prompt, bank
from training.signals import on_topic
from training.simulation.users import SHORT, User


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--interactions", type=int, default=1, help="more than 1 adds a second run after that many")
    parser.add_argument("--questions", type=int, default=32)
    args = parser.parse_args()
    runs = [one_seed(args.first_seed + n, args.interactions, args.questions) for n in range(args.seeds)]
    table(runs)
    print(json.dumps({"machine": machine(), "seeds": args.seeds, "runs": runs}))
    return 0


def one_seed(seed: int, interactions: int, questions: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mentee-bench-") as folder:
        data = DataDir.resolve(folder)
        settings_file.save(data, settings_file.load(data)[0].with_value("chat", "max_tokens", 96))
        found: dict[str, Any] = {"seed": seed}
        with connect_or_start(data) as client, Store.open(data) as store:
            told = short_form(SHORT.correction)
            asked = bank("heldout")[:questions]
            found["base"] = marks(client, SHORT, asked, "mentee:0", seed)
            found["hinted base"] = marks(client, SHORT, asked, "mentee:0", seed, told)
            converse(store, client, data, SHORT, bank("interaction")[:1], seed)
            found["after 1"] = learned(data, client, store, asked, seed)
            if interactions > 1:
                converse(store, client, data, SHORT, bank("interaction")[1:interactions], seed)
                found[f"after {interactions}"] = learned(data, client, store, asked, seed)
        return found


def converse(
    store: Store, client: PolicyClient, data: DataDir, user: User, prompts: Sequence[Prompt], seed: int
) -> None:
    """The user asks, and corrects or praises what comes; the standing instruction works as in daily use."""
    settings = settings_file.load(data)[0].with_value("chat", "seed", seed + 1)
    service = ChatService(store, client, settings)
    for prompt in prompts:
        conversation = store.conversations.create()
        *_, last = service.reply(conversation.id, prompt.text)
        assert isinstance(last, ReplyFinished)
        assert last.turn is not None
        if user.likes(prompt, last.message.content):
            give_feedback(store, last.turn.id, "praise", None)
        else:
            give_feedback(store, last.turn.id, "correction", user.correction)


def learned(data: DataDir, client: PolicyClient, store: Store, asked: Sequence[Prompt], seed: int) -> dict[str, Any]:
    """One `mentee learn` in a process of its own, then the held-out questions."""
    began = time.monotonic()
    command = [sys.executable, "-m", "mentee", "learn", "--data-dir", str(data.root), "--seed", str(seed)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    result = json.loads(done.stdout.splitlines()[-1])
    figures = marks(client, SHORT, asked, "mentee", seed)
    exam = {key: value for key, value in result["exam"].items() if key != "examples"}
    stages = [(e.data["stage"], e.at) for e in store.runs.events(store.runs.list(1)[0].id) if e.kind == "stage"]
    ends = [*(at for _, at in stages[1:]), store.runs.list(1)[0].finished_at or 0.0]
    spent = {stage: round(end - at, 1) for (stage, at), end in zip(stages, ends, strict=False)}
    return {
        **figures, "outcome": result["outcome"], "reason": result["reason"], "seconds": round(seconds, 1),
        "stages": spent, "exam": exam, "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }  # fmt: skip


def marks(
    client: PolicyClient, user: User, asked: Sequence[Prompt], model: str, seed: int, hint: str = ""
) -> dict[str, Any]:
    """Shares over the questions: style, content, both; and mean reply tokens."""

    def ask(numbered: tuple[int, Prompt]) -> tuple[str, int]:
        number, prompt = numbered
        messages = with_instructions([{"role": "user", "content": prompt.text}], [hint] if hint else [])
        one = client.complete(
            messages, model=model, n=1, temperature=0.7, max_tokens=96, seed=7919 * (seed + 1) + number
        )[0]
        return one.text, len(one.token_ids)

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(ask, enumerate(asked)))
    return {
        "style": fmean(user.likes(p, text) for p, (text, _) in zip(asked, replies, strict=True)),
        "content": fmean(on_topic(text, p.topic) for p, (text, _) in zip(asked, replies, strict=True)),
        "both": fmean(user.satisfied(p, text) for p, (text, _) in zip(asked, replies, strict=True)),
        "tokens": fmean(n for _, n in replies),
        "examples": [text for text, _ in replies[:3]],
    }


def table(runs: Sequence[dict[str, Any]]) -> None:
    print("| arm | style | content | both | tokens | run, s |\n|---|---|---|---|---|---|")
    for arm in [key for key in runs[0] if key != "seed"]:
        rows = [run[arm] for run in runs]
        shares = " | ".join(f"{fmean(row[name] for row in rows):.2f}" for name in ("style", "content", "both"))
        seconds = f"{fmean(row['seconds'] for row in rows):.0f}" if "seconds" in rows[0] else ""
        print(f"| {arm} | {shares} | {fmean(row['tokens'] for row in rows):.0f} | {seconds} |")
    for run in runs:
        for arm, row in run.items():
            if isinstance(row, dict) and "outcome" in row:
                print(
                    f"seed {run['seed']}, {arm}: {row['outcome']} ({row['reason']}) {row['stages']} {row['peak_mb']} MB"
                )


def machine() -> dict[str, Any]:
    return {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    sys.exit(main())

"""The `language_model` back end: a model is asked m times about each case, and the majority counts.

Its answers follow a grammar, what is quoted is fenced (`prompt`), and its hints pass the leak filter. Tool results
that the rules can read never reach it. A batch has one time limit; what has no answer by then is score 0 and
counted as unparsable. Waiting is done on threads of its own that end with the program.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from assistant.errors import PolicyRefused, PolicyUnavailable
from assistant.judge.askers import Asker
from assistant.judge.case import Case, Verdict, unread
from assistant.judge.hints import Reason, choose_hints
from assistant.judge.prompt import PROMPT_VERSION, messages_of, read_vote, response_format
from assistant.judge.tools import judge_tool_result
from assistant.judge.votes import Vote, aggregate

BACKEND = "language_model"
BATCH = 8
"""Cases that are asked about at the same time and share a time limit; the side lane computes as many at once."""

log = logging.getLogger("mentee.judge")


class LanguageModelJudge:
    """Asks a model.

    Attributes:
        fingerprint: the model and the wording of the prompt.
        refused_hints: hints that were not let through, by reason.
    """

    def __init__(
        self, asker: Asker, model: str, *, votes: int = 3, timeout_s: float = 60.0, backend: str = BACKEND
    ) -> None:
        self._asker, self._votes, self._timeout_s = asker, votes, timeout_s
        self.backend = backend
        self.fingerprint = f"{model}/{PROMPT_VERSION}/{votes}"
        self.refused_hints: Counter[Reason] = Counter()

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """A verdict for each case.

        Raises:
            PolicyUnavailable: none of a batch could be asked because nobody answers; not when answers are late.
        """
        known = [judge_tool_result(one.next_state, self.backend) if one.role == "tool" else None for one in cases]
        open_ones = [at for at, verdict in enumerate(known) if verdict is None]
        for start in range(0, len(open_ones), BATCH):
            part = open_ones[start : start + BATCH]
            for at, verdict in zip(part, self._batch([cases[one] for one in part]), strict=True):
                known[at] = verdict
        return [verdict for verdict in known if verdict is not None]

    def _batch(self, cases: list[Case]) -> list[Verdict]:
        deadline = time.monotonic() + self._timeout_s
        done: queue.SimpleQueue[tuple[int, list[Vote | None] | Exception]] = queue.SimpleQueue()
        for at, case in enumerate(cases):
            threading.Thread(target=self._ask, args=(at, case, deadline, done), name="judge", daemon=True).start()
        got: dict[int, list[Vote | None] | Exception] = {}
        while len(got) < len(cases):
            try:
                at, answer = done.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                log.info("%d of %d cases had no answer in time", len(cases) - len(got), len(cases))
                break
            got[at] = answer
        problems = [one for one in got.values() if isinstance(one, Exception)]
        if len(problems) == len(cases):
            raise problems[0]
        return [self._verdict(case, got.get(at)) for at, case in enumerate(cases)]

    def _ask(
        self, at: int, case: Case, deadline: float, done: queue.SimpleQueue[tuple[int, list[Vote | None] | Exception]]
    ) -> None:
        left_s = max(0.1, deadline - time.monotonic())
        try:
            texts = self._asker.ask(messages_of(case), response_format(case), self._votes, left_s)
        except (PolicyUnavailable, PolicyRefused) as problem:
            # Late is not gone: a server that is only slow stays in use.
            done.put((at, [None] * self._votes if time.monotonic() >= deadline else problem))
            return
        votes = [read_vote(text, case) for text in texts[: self._votes]]
        done.put((at, votes + [None] * (self._votes - len(votes))))

    def _verdict(self, case: Case, answer: list[Vote | None] | Exception | None) -> Verdict:
        if not isinstance(answer, list):
            return unread(self.backend, self._votes)
        verdict = aggregate(answer, self.backend)
        if verdict.score != -1:
            return verdict
        proposed = [one.hint for one in answer if one is not None and one.score == -1]
        chosen = choose_hints(case, proposed, verdict.category)
        self.refused_hints.update(chosen.refused)
        return replace(verdict, hint=next(iter(chosen.hints), None), hints=chosen.hints)

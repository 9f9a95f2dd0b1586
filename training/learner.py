"""One learning run from lessons to a version: practise, train, check, examine, adopt.

Each step leaves its result in the working folder, so that a run that was stopped or killed goes on where it was. The
worker (`training.worker`) owns the process around it: locks, signals, the last line on stdout.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.policy import versions
from assistant.store.records import Run
from training import lora
from training.adoption import adopt
from training.base_model import dense_folder, load_dense
from training.checkpoint import TrainReport
from training.exam import Exam, ExamConfig
from training.export import write_adapter
from training.parity import Parity, probe
from training.place import Ending, Place
from training.plan import OWN_REPLIES, PRACTICE_PROMPTS, Plan, own_tasks, practice_tasks, replay_tasks
from training.practice import LONGEST_PROMPT, Practice, PracticeConfig, Task
from training.rows import Row, RowKind
from training.sampler import Sampling
from training.stepping import NotANumber
from training.trainer import TrainConfig, Trainer
from training.workfolder import WorkFolder

SMALL_STEPS = TrainConfig(learning_rate=3e-4, last_share=0.1, steps_per_batch=1)
"""For rows that the version in training wrote itself; one step a batch, or they would be off-policy."""
ANCHOR_TOKENS = 96
"""Of a praised reply this much is held on to: its targets, a whole vocabulary a token, are kept in memory."""
REPLAY_TOKENS = 48
"""Replay rows hold the beginning of a reply to the base; whole long replies would cost as much as all practice."""

NO_ROWS = "No usable practice came out of the instruction."
NO_REPLY_ROWS = "Nothing could be practised: what came before the reply is too long, or no better reply was found."


class Learner:
    """Carries one run through.

    Args:
        place: see `training.place`.
        run: the row in the ledger of runs.
        plan: lessons and hints of this run.
    """

    def __init__(self, place: Place, run: Run, plan: Plan) -> None:
        self.place = place
        self.data, self.store, self.client = place.data, place.store, place.client
        self.model, self.progress, self.seed = place.model, place.progress, place.seed
        self.run, self.plan = run, plan
        self.work = WorkFolder(place.data, run.id)
        self.torch_model: Any = None
        self.anchored: dict[Row, Any] = {}
        self.teacher: dict[Row, Any] = {}

    @property
    def identity(self) -> dict[str, Any]:
        """What must be the same for a half-done run to be continued."""
        return {
            "lessons": [lesson.id for lesson in self.plan.lessons],
            "hints": [*self.plan.kept_hints, *self.plan.new_hints],
            "model": self.model.sha256,
            "base_version": self.run.base_version,
            "seed": self.seed,
        }

    def carry_out(self) -> Ending:
        """Runs every stage; see the module."""
        if not self.work.agrees(self.identity):
            self.work.begin(self.identity)
        self.torch_model = self._load()
        exam = self._sit_down()
        if ending := self._needless(exam):
            return ending
        try:
            rows, trained = self._train()
        except NotANumber as error:
            return Ending("failed", f"The training broke down ({error}); nothing was changed.", None, {})
        if not rows:
            return Ending("rejected", NO_ROWS if self.plan.new_hints else NO_REPLY_ROWS, None, {})
        return self._judge(exam, trained, rows)

    def _needless(self, exam: Exam) -> Ending | None:
        """The ending where training would change nothing: the hint is followed already, or cannot be taught."""
        figures = exam.figures()
        if not self.plan.replies and exam.follows_already():
            self._know_already()
            reason = f"Version {self.run.base_version} follows the instruction already."
            return Ending("skipped", reason, None, figures)
        reason = exam.hopeless()
        return Ending("rejected", reason, None, figures) if reason else None

    def _know_already(self) -> None:
        """Lessons that the version in use follows untaught; one forgotten meanwhile must not mark it as tainted."""
        with self.store.immediate():
            states = {lesson.id: self.store.lessons.get(lesson.id).state for lesson in self.plan.lessons}
            counting = [lesson_id for lesson_id, state in states.items() if state != "forgotten"]
            self.store.lessons.mark_learned(counting, self.run.base_version)

    def _load(self) -> Any:
        """The base with the adapter that the run grows from."""
        import torch

        self.progress.stage("loading")
        base = load_dense(self.model.path, self.model.sha256, self.data, torch.float32)
        model = lora.attach(base, seed=self.seed)
        if self.run.base_version:
            folder = versions.load(self.data, self.run.base_version, self.model.sha256)
            lora.load(model, folder.trained)
        return model

    def _sit_down(self) -> Exam:
        """The exam of the version in use; of several new hints those that cannot be taught are put aside."""
        self.progress.stage("exam of the present version")
        exam = self._exam(self.plan)
        if len(self.plan.new_hints) > 1 and exam.hopeless():
            alone = [self.plan.teaching([hint]) for hint in self.plan.new_hints]
            able = [plan.new_hints[0] for plan in alone if not self._exam(plan).hopeless()]
            if able:
                self.plan = self.plan.teaching(able)
                exam = self._exam(self.plan)
        return exam

    def _exam(self, plan: Plan) -> Exam:
        hints = (*plan.kept_hints, *plan.new_hints) if plan.new_hints else ()
        config = ExamConfig(seed=self.seed, grown=self.run.base_version > 0)
        file = dense_folder(self.data, self.model.sha256) / "replies.json"
        return Exam(self.client, self.torch_model, hints, config, self.progress, file)

    def _train(self) -> tuple[list[Row], list[TrainReport]]:
        """First the filtered teacher's replies, then, with a small step, those that the new version writes itself.

        On its own replies alone a small model drifts where neither it nor its teacher is at home (learning notes,
        second table of the spikes), so they come second and are filtered like the teacher's.
        """
        self.progress.stage("practice")
        replay = replay_tasks(PRACTICE_PROMPTS + OWN_REPLIES, self.seed)
        rows = self._make("practice", practice_tasks(self.plan, self.seed))
        rows += self._make("lesson", list(self.plan.replies))
        if not rows:
            return [], []
        held = self._make("replay", replay)
        first, second = held[: len(held) * 2 // 3], held[len(held) * 2 // 3 :]
        anchors = self._anchors()
        reports = [self._distil("first", [*rows, *first, *anchors], TrainConfig(seed=self.seed))]
        if self.plan.new_hints and not reports[0].stopped_by_drift:
            self.progress.stage("own practice")
            own = self._make("own", own_tasks(self.plan, self.seed))
            reports.append(self._distil("second", [*own, *second, *anchors], replace(SMALL_STEPS, seed=self.seed)))
            rows += own
        return [*rows, *held], reports

    def _anchors(self) -> list[Row]:
        return [
            Row("anchor", tuple(self.client.tokenize(list(anchor.messages))), tuple(anchor.turn.prompt_token_ids),
                tuple(anchor.turn.reply_token_ids[:ANCHOR_TOKENS]), anchor.lesson.weight, anchor.lesson.id)
            for anchor in self.plan.anchors
            if anchor.turn.reply_token_ids and 0 < len(anchor.turn.prompt_token_ids) <= LONGEST_PROMPT
        ]  # fmt: skip

    def _make(self, kind: RowKind, tasks: list[Task]) -> list[Row]:
        done = self.work.rows(kind)
        sampling = Sampling(max_tokens=REPLAY_TOKENS if kind == "replay" else 96, seed=self.seed, stragglers=1 / 16)
        config = PracticeConfig(sampling)
        practice = Practice(self.torch_model, self.client, config, self.progress.rest)
        self.progress.begin(sum(task.key in done for task in tasks))
        for key, rows in practice.rows(tasks, kind, skip=set(done)):
            self.work.add_rows(kind, key, rows)
            done[key] = rows
            self.progress.border(sum(task.key in done for task in tasks), len(tasks))
        self.teacher.update(practice.teacher)
        return [row for task in tasks for row in done.get(task.key, [])]

    def _distil(self, part: str, rows: list[Row], config: TrainConfig) -> TrainReport:
        self.progress.stage("training" if part == "first" else "training on own replies", rows=len(rows))
        trainer = Trainer(self.torch_model, config, self.progress.border, self.anchored, self.teacher)
        return trainer.train(rows, self.work.checkpoint(part))

    def _judge(self, exam: Exam, trained: list[TrainReport], rows: list[Row]) -> Ending:
        self.progress.stage("exam of the new version")
        candidate = self._export()
        parity = self._parity(candidate, rows)
        if parity.reason:
            return Ending("failed", parity.reason, None, {"parity": parity.mean})
        report = exam.examine()
        figures = {
            **report.figures,
            "parity_nats": round(parity.mean, 4),
            "rows": len(rows),
            "loss": [round(x, 4) for part in trained for x in part.losses],
            "drift_stopped": any(part.stopped_by_drift for part in trained),
        }
        if report.reason:
            return Ending("rejected", report.reason, None, figures)
        return self._adopt(candidate, figures)

    def _export(self) -> Path:
        path = self.work.root / "adapter.gguf"
        config = self.torch_model.get_base_model().config
        write_adapter(
            path, lora.state(self.torch_model), architecture=self.model.architecture, alpha=lora.ALPHA,
            heads=config.num_attention_heads, kv_heads=config.num_key_value_heads,
        )  # fmt: skip
        return path

    def _parity(self, candidate: Path, rows: list[Row]) -> Parity:
        shown = sorted(rows, key=lambda row: row.length)[:8]
        pairs = [(list(row.student_prompt), list(row.reply)) for row in shown]
        name = f"candidate-{self.run.id}"
        self.client.load_adapter(name, candidate)
        try:
            return probe(self.torch_model, self.client, name, pairs)
        finally:
            self.client.unload_adapter(name)

    def _adopt(self, adapter: Path, figures: dict[str, Any]) -> Ending:
        tensors = self.work.root / "adapter.safetensors"
        lora.save(self.torch_model, tensors)
        files = {"adapter.gguf": adapter, "adapter.safetensors": tensors}
        taught = [lesson.id for lesson in self.plan.lessons]
        return adopt(self.place, self.run, taught, files, figures)

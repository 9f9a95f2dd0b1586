"""One learning run from lessons to a version: practise, train, check, examine, adopt.

Each step leaves its result in the working folder, so that a run that was stopped or killed goes on where it was. The
worker (`training.worker`) owns the process around it: locks, signals, the last line on stdout.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.errors import AdapterUnusable, EnvironmentProblem
from assistant.policy import versions
from assistant.store.records import NewVersion, Run
from training import lora
from training.base_model import load_dense
from training.exam import Exam, ExamConfig, Report
from training.export import write_adapter
from training.parity import Parity, probe
from training.place import Ending, Place
from training.plan import Plan, practice_tasks, replay_tasks
from training.practice import Practice, PracticeConfig, Task
from training.rows import Row, RowKind
from training.sampler import Sampling
from training.trainer import NotANumber, TrainConfig, Trainer, TrainReport
from training.workfolder import WorkFolder

log = logging.getLogger(__name__)

REPLAY_TOKENS = 48
"""Replay rows hold the beginning of a reply to the base; whole long replies would cost as much as all practice."""


class Learner:
    """Carries one run through.

    Args:
        place: see `training.place`.
        run: the row in the ledger of runs.
        plan: lessons and hints of this run.
    """

    def __init__(self, place: Place, run: Run, plan: Plan) -> None:
        self.data, self.store, self.client = place.data, place.store, place.client
        self.model, self.progress, self.seed = place.model, place.progress, place.seed
        self.run, self.plan = run, plan
        self.work = WorkFolder(place.data, run.id)
        self.torch_model: Any = None

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
        if exam and (reason := exam.hopeless()):
            figures = {"teacher": exam.teacher.figures(), "current": exam.current.figures()}
            return Ending("rejected", reason, None, figures)
        rows = self._practise()
        if not any(row.kind in ("practice", "lesson") for row in rows):
            return Ending("rejected", "No usable practice came out of the instruction.", None, {})
        try:
            trained = self._train(rows)
        except NotANumber as error:
            return Ending("failed", f"The training broke down ({error}); nothing was changed.", None, {})
        return self._judge(exam, trained, rows)

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

    def _sit_down(self) -> Exam | None:
        hints = (*self.plan.kept_hints, *self.plan.new_hints)
        if not self.plan.new_hints:
            return None
        self.progress.stage("exam of the present version")
        config = ExamConfig(seed=self.seed)
        return Exam(self.client, self.torch_model, hints, config, self.progress.border, self.progress.rest)

    def _practise(self) -> list[Row]:
        self.progress.stage("practice")
        tasks = practice_tasks(self.plan, self.seed)
        rows = self._make("practice", tasks)
        rows += self._make("lesson", list(self.plan.replies))
        rows += self._make("replay", replay_tasks(len(rows), self.seed))
        return rows + [
            Row("anchor", tuple(self.client.tokenize(list(anchor.messages))), tuple(anchor.turn.prompt_token_ids),
                tuple(anchor.turn.reply_token_ids), 0.5, anchor.lesson.id)
            for anchor in self.plan.anchors if anchor.turn.reply_token_ids
        ]  # fmt: skip

    def _make(self, kind: RowKind, tasks: list[Task]) -> list[Row]:
        done = self.work.rows(kind)
        config = PracticeConfig(Sampling(max_tokens=REPLAY_TOKENS if kind == "replay" else 96, seed=self.seed))
        practice = Practice(self.torch_model, self.client, config, self.progress.rest)
        for key, rows in practice.rows(tasks, kind, skip=set(done)):
            self.work.add_rows(kind, key, rows)
            done[key] = rows
            self.progress.border(len(done), len(tasks))
        return [row for task in tasks for row in done.get(task.key, [])]

    def _train(self, rows: list[Row]) -> TrainReport:
        self.progress.stage("training", rows=len(rows))
        config = replace(TrainConfig(), seed=self.seed)
        trainer = Trainer(self.torch_model, config, self.progress.border)
        return trainer.train(rows, self.work.checkpoint)

    def _judge(self, exam: Exam | None, trained: TrainReport, rows: list[Row]) -> Ending:
        self.progress.stage("exam of the new version")
        candidate = self._export()
        name = f"candidate-{self.run.id}"
        self.client.load_adapter(name, candidate)
        try:
            parity = self._parity(name, rows)
            if parity.reason:
                return Ending("failed", parity.reason, None, {"parity": parity.mean})
            report = exam.examine(name) if exam else Report("", {})
        finally:
            self.client.unload_adapter(name)
        figures = {
            **report.figures,
            "parity_nats": round(parity.mean, 4),
            "rows": len(rows),
            "loss": [round(x, 4) for x in trained.losses],
            "drift_stopped": trained.stopped_by_drift,
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

    def _parity(self, name: str, rows: list[Row]) -> Parity:
        shown = sorted(rows, key=lambda row: row.length)[:8]
        return probe(self.torch_model, self.client, name, [(list(r.student_prompt), list(r.reply)) for r in shown])

    def _adopt(self, adapter: Path, figures: dict[str, Any]) -> Ending:
        tensors = self.work.root / "adapter.safetensors"
        lora.save(self.torch_model, tensors)
        files = {"adapter.gguf": adapter, "adapter.safetensors": tensors}
        version = self._publish(files, figures)
        self._set_live(version)
        self.work.remove()
        return Ending("adopted", f"Version {version} passed its exam.", version, figures)

    def _publish(self, files: dict[str, Path], figures: dict[str, Any]) -> int:
        """Files and row together: a crash between them leaves an unlisted folder, which the next run removes."""
        inherited = self.store.versions.get(self.run.base_version).lesson_ids
        taught = [lesson.id for lesson in self.plan.lessons]
        with self.store.immediate():
            row = self.store.versions.add(
                NewVersion(
                    self.model.sha256, self.run.base_version, self.run.id, _sha256(files["adapter.gguf"]),
                    figures, lora.RANK, lora.ALPHA, [*inherited, *taught],
                )
            )  # fmt: skip
            manifest = {
                "version": row.id,
                "model_hash": self.model.sha256,
                "architecture": self.model.architecture,
                "rank": lora.RANK,
                "alpha": lora.ALPHA,
                "parent": self.run.base_version,
            }
            versions.remove(self.data, row.id)
            versions.publish(self.data, row.id, files, manifest)
            self.store.lessons.mark_learned(taught, row.id)
            self.store.versions.use(self.model.sha256, row.id)
        return row.id

    def _set_live(self, version: int) -> None:
        try:
            self.client.use_version(version)
        except (EnvironmentProblem, AdapterUnusable):
            log.exception("the server did not take version %d; it will at its next start", version)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

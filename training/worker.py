"""`mentee learn`: the process around one learning run.

Owns the lock (one learner per data directory), low priority, signals, the server it talks to, and the last line on
stdout. Every run ends in exactly one of adopted, rejected, skipped, failed, with a reason; a stopped one stays open in
the ledger and the next run goes on with it.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import logging.handlers
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from filelock import FileLock, Timeout

from assistant import settings as settings_file
from assistant.errors import AlreadyRunning, DiskFull, EnvironmentProblem, MenteeError, PolicyUnavailable
from assistant.judge.silence import EVENT
from assistant.ledger.taking_back import look
from assistant.paths import DataDir
from assistant.policy import gguf_info, supervisor
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import Run
from assistant.threads import wait_politely
from training import conditions
from training.adoption import FORGOTTEN_MEANWHILE
from training.control import Control, Progress, Stopped, stopped_result
from training.forgotten import LEARN_AGAIN, catch_up, choose_plan, settled
from training.place import Ending, Place
from training.workfolder import sweep

if TYPE_CHECKING:
    from training.plan import Plan

log = logging.getLogger("mentee.learner")


def main(argv: list[str]) -> int:
    """Runs once and prints the result as the last line of stdout; 0 when the run came to an end, 1 when it failed."""
    options = _arguments(argv)
    data = DataDir.resolve(options.data_dir)
    _quietly(data)
    control = Control()
    control.watch_signals()
    began = time.monotonic()
    try:
        result = _locked(data, options, control)
    except Stopped as stopped:
        result = stopped_result(str(stopped) or "Stopped")
    except MenteeError as error:
        print(f"mentee learn: {error}", file=sys.stderr)
        return 1
    result["seconds"] = round(time.monotonic() - began, 1)
    print(json.dumps(result), flush=True)
    if result["outcome"] != "failed":
        return 0
    print(f"mentee learn: {result['reason']}", file=sys.stderr)
    return 1


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mentee learn", description="One learning run now.")
    parser.add_argument("--data-dir")
    parser.add_argument("--force", action="store_true", help="also when learning is switched off")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the result is always JSON")
    return parser.parse_args(argv)


def _quietly(data: DataDir) -> None:
    """Lowest priority, no hub, no telemetry, a log file; must come before torch is imported."""
    wait_politely()
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TQDM_DISABLE"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    psutil.Process().nice(getattr(psutil, "IDLE_PRIORITY_CLASS", 19))
    handler = logging.handlers.RotatingFileHandler(data.logs / "learner.log", maxBytes=1_000_000, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.captureWarnings(True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _locked(data: DataDir, options: argparse.Namespace, control: Control) -> dict[str, Any]:
    try:
        with FileLock(data.learner_lock, timeout=0):
            return _learn(data, options, control)
    except Timeout:
        raise AlreadyRunning("a learning run is already going on for this data directory") from None


def _learn(data: DataDir, options: argparse.Namespace, control: Control) -> dict[str, Any]:
    settings, _ = settings_file.load(data)
    if not settings.learning.enabled and not options.force:
        return _skipped("Learning is switched off.")
    with Store.open(data) as store, supervisor.connect_or_start(data) as client:
        model = gguf_info.inspect(served_model(data), data)
        control.limit(settings.learning.time_budget_s)
        place = Place(data, store, client, settings, model, Progress(sys.stderr, control), options.seed)
        try:
            return _run(place)
        finally:
            sweep(data, keep={run.id for run in store.runs.unfinished()})


def served_model(data: DataDir) -> Path:
    """The model file of the server that runs on this data directory."""
    return Path(json.loads(data.server_file.read_text(encoding="utf-8"))["model_path"])


def _run(place: Place) -> dict[str, Any]:
    store, model = place.store, place.model
    catch_up(place)
    if not model.trainable:
        return _skipped_run(store, model.why_not)
    if not conditions.installed():
        return _skipped_run(store, "Learning needs more parts: pip install 'mentee[learn]'.")
    # Half-done work belongs to the lessons it began with, so a run that goes on reads nothing new.
    judged = {} if store.runs.unfinished() else _read(place)
    return {**_teach(place, judged), "judged": judged}


def _read(place: Place) -> dict[str, int]:
    from training.reading import read_reactions

    judged = read_reactions(place)
    if judged.get("read") and look(place.store, place.model.sha256):
        # What was read says that the version in use displeases: an older one answers from now on.
        catch_up(place)
    return judged


def _teach(place: Place, judged: dict[str, int]) -> dict[str, Any]:
    store, model = place.store, place.model
    base = store.versions.active(model.sha256)
    # Imports torch, so only now that the environment is set; tqdm reads its own variable when it is imported.
    plan, trigger = choose_plan(place, base)
    if plan.empty:
        wordless = sum(lesson.polarity < 0 and lesson.feedback_id is not None for lesson in plan.unusable)
        return _skipped_run(store, conditions.nothing_to_learn(wordless, len(plan.anchors)), judged)
    if reason := conditions.no_memory(model):
        # A run that was begun before stays open: there may be room for it later.
        return _skipped(reason) if store.runs.unfinished() else _skipped_run(store, reason, judged)
    run = _open_run(store, base, trigger)
    _note_judged(store, run, judged)
    place.progress.keep = lambda kind, figures: store.runs.event(run.id, kind, figures)
    ending = _carry_out(place, run, plan)
    if ending.version is None:
        ending = _settled(place, run, ending)
        store.runs.finish(run.id, ending.outcome, ending.reason, exam=ending.exam, lessons=len(plan.lessons))
    result = {
        "outcome": ending.outcome, "reason": ending.reason, "version": ending.version,
        "lessons": store.runs.get(run.id).lessons, "exam": ending.exam,
    }  # fmt: skip
    return result if ending.version is None else {**result, "in_use": ending.in_use}


def _carry_out(place: Place, run: Run, plan: Plan) -> Ending:
    from training.learner import Learner

    _threads(place.settings)
    try:
        return Learner(place, run, plan).carry_out()
    except (Stopped, PolicyUnavailable, DiskFull):
        place.store.runs.event(run.id, "stopped", {})
        raise
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            log.exception("run %s failed", run.id)
            return Ending("failed", f"The system refused: {error.strerror}.")
        raise DiskFull("the disk is full; the next run goes on from here") from error
    except EnvironmentProblem as error:
        log.exception("run %s failed", run.id)
        return Ending("failed", str(error))
    except Exception as error:
        log.exception("run %s failed", run.id)
        return Ending("failed", f"An error of the program itself: {type(error).__name__}.")


def _settled(place: Place, run: Run, ending: Ending) -> Ending:
    """The ending of a run that made no version; one that was to learn something again says so."""
    if run.trigger != LEARN_AGAIN or ending.reason == FORGOTTEN_MEANWHILE:
        return ending
    settled(place.store, place.model.sha256)
    return replace(ending, reason=f"Learning the rest again, without what you forgot: {ending.reason}")


def _open_run(store: Store, base: int, trigger: str) -> Run:
    """The run that was stopped or killed, if it grew from the same version for the same reason; else a new one."""
    unfinished = store.runs.unfinished()
    going_on = [run for run in unfinished if (run.base_version, run.trigger) == (base, trigger)]
    for run in unfinished:
        if run not in going_on[-1:]:
            store.runs.finish(run.id, "failed", "It was cut off, and what it grew from or was to learn has changed.")
    return going_on[-1] if going_on else store.runs.start(base, trigger)


def _note_judged(store: Store, run: Run, judged: dict[str, int]) -> None:
    if judged:
        store.runs.event(run.id, EVENT, judged)


def _skipped_run(store: Store, reason: str, judged: dict[str, int] | None = None) -> dict[str, Any]:
    """A run in the ledger that did nothing, and why; one that was cut off before has nothing left to do either."""
    for run in store.runs.unfinished() or [store.runs.start(0, "user")]:
        _note_judged(store, run, judged or {})
        store.runs.finish(run.id, "skipped", reason)
    return _skipped(reason)


def _threads(settings: Settings) -> None:
    import torch

    torch.set_num_threads(settings.learning.threads or psutil.cpu_count(logical=False) or 1)


def _skipped(reason: str) -> dict[str, Any]:
    return {"outcome": "skipped", "reason": reason, "version": None, "lessons": 0, "exam": {}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

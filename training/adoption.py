"""A candidate that passed becomes a version: files, ledger and the running server."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.errors import AdapterUnusable, EnvironmentProblem
from assistant.policy import versions
from assistant.store.records import NewVersion, Run
from assistant.store.versions import REPLACED
from training import lora
from training.forgotten import LEARN_AGAIN, settled
from training.place import Ending, Place

log = logging.getLogger(__name__)

FORGOTTEN_MEANWHILE = "You forgot something while it was being learned; the next run leaves it out."


def adopt(place: Place, run: Run, taught: Sequence[str], files: dict[str, Path], figures: dict[str, Any]) -> Ending:
    """Makes the candidate a version, in use unless the user changed the version while the run went on.

    One that holds a lesson which the user forgot meanwhile is refused.

    Files, version and the end of the run are written together: a crash between them leaves an unlisted folder, which
    the next run removes.

    Args:
        place: where the run takes place.
        run: it grew from `run.base_version`.
        taught: ids of the lessons it was trained on; those of its base version are inherited.
        files: adapter.gguf and adapter.safetensors.
        figures: of its exam.
    """
    store, model = place.store, place.model
    inherited = store.versions.get(run.base_version).lesson_ids
    with store.immediate():
        if _forgotten(place, [*inherited, *taught]):
            return Ending("rejected", FORGOTTEN_MEANWHILE, None, figures)
        replaced = store.state.get(REPLACED + model.sha256) if run.trigger == LEARN_AGAIN else None
        row = store.versions.add(
            NewVersion(
                model.sha256, run.base_version, run.id, versions.sha256(files["adapter.gguf"]), figures, lora.RANK,
                lora.ALPHA, [*inherited, *taught],
            )
        )  # fmt: skip
        manifest = {
            "version": row.id,
            "model_hash": model.sha256,
            "architecture": model.architecture,
            "rank": lora.RANK,
            "alpha": lora.ALPHA,
            "parent": run.base_version,
        }
        versions.remove(place.data, row.id)
        versions.publish(place.data, row.id, files, manifest)
        store.lessons.mark_learned(taught, row.id)
        wanted = store.versions.active(model.sha256) == run.base_version
        if wanted:
            store.versions.use(model.sha256, row.id)
        reason = f"Version {row.id} passed its exam."
        if replaced is not None:
            reason += f" It takes the place of version {replaced}, without what you forgot."
            settled(store, model.sha256)
        if not wanted:
            reason += " You chose another version meanwhile, so that one stays in use."
        store.runs.finish(run.id, "adopted", reason, version_id=row.id, exam=figures, lessons=len(taught))
    if wanted:
        _set_live(place, row.id)
    return Ending("adopted", reason, row.id, figures, wanted)


def _forgotten(place: Place, lesson_ids: Sequence[str]) -> bool:
    return any(place.store.lessons.get(lesson_id).state == "forgotten" for lesson_id in lesson_ids)


def _set_live(place: Place, version: int) -> None:
    try:
        place.client.use_version(version)
    except (EnvironmentProblem, AdapterUnusable):
        log.exception("the server did not take version %d; it will at its next start", version)

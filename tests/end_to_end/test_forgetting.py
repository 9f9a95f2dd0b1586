"""Two lessons in one version, one of them forgotten: the real learner learns the other again, from the base model."""

from __future__ import annotations

import json
import subprocess

import pytest
from helpers.policy_versions import add_version
from helpers.real_program import EXECUTABLE, RealProgram, environment

from assistant.conversation.feedback import give_feedback
from assistant.paths import DataDir
from assistant.policy.gguf_info import ModelInfo
from assistant.store import Store
from assistant.store.records import FeedbackKind, NewTurn

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

FORGOTTEN = "Always end with a question."
LEFT = "Rain is water that falls from the clouds."
LEARNING_S = 800


def taught(store: Store, info: ModelInfo, asked: str, kind: FeedbackKind, text: str) -> str:
    conversation = store.conversations.create(asked)
    user = store.messages.add(conversation.id, None, "user", asked)
    reply = store.messages.add(conversation.id, user.id, "assistant", "It takes long.")
    store.conversations.set_leaf(conversation.id, reply.id)
    turn = store.turns.add(
        NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.1], {}, info.sha256, "template", 0, "stop")
    )
    lesson = give_feedback(store, turn.id, kind, text).lesson
    assert lesson is not None
    return lesson.id


def test_the_rest_of_a_version_is_learned_again_without_what_was_forgotten(
    mentee: RealProgram, data: DataDir, info: ModelInfo
) -> None:
    # What the old version learned it with does not matter: none of its weights may come back.
    old = add_version(data, info, seed=1)
    with Store.open(data) as store:
        gone = taught(store, info, "How do I boil an egg?", "correction", FORGOTTEN)
        # A reply of the user's own: one row to train on, so that the test takes a minute and not three.
        left = taught(store, info, "What is rain?", "rewrite", LEFT)
        store.lessons.mark_learned([gone, left], old)
        store.versions.use(info.sha256, old)
    forgot = mentee("lessons", "forget", gone, "--json").json
    assert (forgot["in_use"], forgot["learn_again"]) == (0, 1)

    learned = subprocess.run(
        [EXECUTABLE, "learn", "--data-dir", data.root], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=LEARNING_S, check=False, env=environment(),
    )  # fmt: skip
    assert learned.returncode == 0, learned.stderr[-2000:]
    result = json.loads(learned.stdout.splitlines()[-1])
    assert (result["outcome"], result["version"], result["lessons"]) == ("adopted", old + 1, 1), result
    assert result["reason"].endswith(f"It takes the place of version {old}, without what you forgot.")

    with Store.open(data) as store:
        new = store.versions.get(result["version"])
        assert (new.parent_id, new.lesson_ids, new.forgotten) == (0, (left,), 0)
        assert store.versions.active(info.sha256) == new.id
        assert store.versions.get(old).state == "deleted"
        assert [store.lessons.get(it).state for it in (gone, left)] == ["forgotten", "learned"]
    assert not (data.versions / str(old)).exists()
    listed = {one["id"]: one for one in mentee("versions", "--json").json}
    assert (listed[old]["note"], listed[new.id]["note"]) == ("contains something forgotten", "")
    assert mentee("versions", "use", str(old)).status == 1

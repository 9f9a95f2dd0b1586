"""From feedback to the work of a run: what is practised everywhere, what stays with its reply, what is left alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from assistant.conversation.feedback import give_feedback
from assistant.ledger.changes import exclude, forget, include
from assistant.ledger.lineage import to_learn_again
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import NewTurn, NewVersion, Turn
from training.conditions import nothing_to_learn
from training.plan import (
    HINTS_AT_ONCE,
    LONGEST_REWRITE,
    OWN_REPLIES,
    PRACTICE_PROMPTS,
    Plan,
    make_plan,
    own_tasks,
    practice_tasks,
    replay_tasks,
)
from training.prompts import bank

MODEL = "model-a"
SHORT = "Too long, one short sentence please."


@pytest.fixture
def make_turn(store: Store) -> Callable[..., Turn]:
    """One recorded exchange in a conversation of its own."""

    def make(asked: str = "How do I boil an egg?", model: str = MODEL, reply: Sequence[int] = (3,)) -> Turn:
        conversation = store.conversations.create()
        user = store.messages.add(conversation.id, None, "user", asked)
        said = store.messages.add(conversation.id, user.id, "assistant", "Ten minutes.")
        store.conversations.set_leaf(conversation.id, said.id)
        ids = {"prompt_token_ids": [1, 2], "reply_token_ids": [*reply], "logprobs": [-0.5] * len(reply)}
        facts = {"model_hash": model, "template_hash": "template", "version": 0, "finish_reason": "stop"}
        return store.turns.add(
            NewTurn(message_id=said.id, conversation_id=conversation.id, kind="main", sampler={}, **ids, **facts)
        )

    return make


def made_version(store: Store, *lessons: str, parent: int = 0) -> int:
    """A version trained on these lessons, in use."""
    version = store.versions.add(NewVersion(MODEL, parent, None, "hash", {}, 16, 32.0, [*lessons])).id
    store.lessons.mark_learned(lessons, version)
    store.versions.use(MODEL, version)
    return version


def planned(store: Store, base: int = 0) -> Plan:
    return make_plan(store, Settings(), MODEL, base)


def test_a_durable_correction_becomes_a_hint_to_practise(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "correction", SHORT)
    plan = planned(store)
    assert plan.new_hints == ("Reply in one short sentence only.",)
    assert not plan.replies
    tasks = practice_tasks(plan, seed=0)
    assert len(tasks) == PRACTICE_PROMPTS
    assert tasks[0].messages[-1]["content"] == "How do I boil an egg?"
    assert all(task.hints == plan.new_hints for task in tasks)
    assert "Reply in one short sentence only." not in str(tasks[0].messages)
    assert "Reply in one short sentence only." in str(tasks[0].taught)


def test_a_rewrite_stays_with_its_reply(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "rewrite", "Boil it for eight minutes.")
    plan = planned(store)
    assert not plan.new_hints
    assert [task.reference for task in plan.replies] == ["Boil it for eight minutes."]
    assert practice_tasks(plan, seed=0) == []


def test_praise_is_kept_as_an_anchor_and_alone_changes_nothing(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "praise")
    plan = planned(store)
    assert len(plan.anchors) == 1
    assert plan.empty


def test_facts_are_never_trained(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "correction", "My name is Ada, not Anna.")
    plan = planned(store)
    assert plan.empty
    assert not plan.lessons


def test_a_bare_dislike_is_left_pending(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "dislike")
    plan = planned(store)
    assert plan.empty
    assert len(plan.unusable) == 1


def test_only_dislikes_without_a_word_give_a_plain_reason(store: Store, make_turn) -> None:
    for _ in range(2):
        give_feedback(store, make_turn().id, "dislike")
    plan = planned(store)
    assert plan.empty
    assert nothing_to_learn(len(plan.unusable)).startswith("2 replies were disliked without a word why")
    assert nothing_to_learn(1).startswith("1 reply was disliked")


def test_only_praise_gives_a_plain_reason(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "praise")
    plan = planned(store)
    assert nothing_to_learn(len(plan.unusable), len(plan.anchors)).startswith("There is only praise so far")
    assert nothing_to_learn(0) == "There is nothing new to learn."


@pytest.mark.parametrize("reply", [[], list(range(5000))], ids=["nothing", "thousands of tokens"])
def test_corrections_of_empty_and_endless_replies_are_practised(store: Store, make_turn, reply: list[int]) -> None:
    give_feedback(store, make_turn(reply=reply).id, "correction", SHORT)
    plan = planned(store)
    assert plan.new_hints == ("Reply in one short sentence only.",)
    assert len(practice_tasks(plan, seed=0)) == PRACTICE_PROMPTS


def test_of_an_endless_rewrite_the_beginning_is_practised(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "rewrite", "eight minutes " * 1000)
    (task,) = planned(store).replies
    assert task.reference is not None
    assert LONGEST_REWRITE - 20 < len(task.reference) <= LONGEST_REWRITE
    assert task.reference.endswith("minutes")
    assert not task.reference_ends
    give_feedback(store, make_turn("What is rain?").id, "rewrite", "Water.")
    assert planned(store).replies[1].reference_ends


def test_an_endless_rewrite_without_a_space_is_cut_too(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "rewrite", "x" * 9000)
    (task,) = planned(store).replies
    assert task.reference == "x" * LONGEST_REWRITE


def test_an_excluded_lesson_is_in_no_part_of_a_plan(store: Store, make_turn) -> None:
    praised = give_feedback(store, make_turn("What is rain?").id, "praise").lesson
    corrected = give_feedback(store, make_turn().id, "correction", SHORT).lesson
    single = give_feedback(store, make_turn("Why?").id, "rewrite", "Because.").lesson
    for lesson in (praised, corrected, single):
        exclude(store, lesson.id)
    plan = planned(store)
    assert (plan.lessons, plan.new_hints, plan.replies, plan.anchors) == ((), (), (), ())
    for lesson in (praised, corrected, single):
        include(store, lesson.id)
    plan = planned(store)
    assert [len(part) for part in (plan.lessons, plan.new_hints, plan.replies, plan.anchors)] == [3, 1, 1, 1]


def test_the_hint_of_an_excluded_or_forgotten_lesson_is_not_kept(store: Store, make_turn) -> None:
    lesson = give_feedback(store, make_turn().id, "correction", SHORT).lesson
    version = made_version(store, lesson.id)
    assert planned(store, version).kept_hints == ("Reply in one short sentence only.",)
    exclude(store, lesson.id)
    assert planned(store, version).kept_hints == ()
    include(store, lesson.id)
    assert planned(store, version).kept_hints == ("Reply in one short sentence only.",)
    forget(store, lesson.id)
    assert planned(store, version).kept_hints == ()


def test_a_wish_that_was_turned_round_is_not_practised(store: Store, make_turn) -> None:
    earlier = give_feedback(store, make_turn().id, "correction", SHORT).lesson
    later = give_feedback(store, make_turn("What is rain?").id, "correction", "Too short, write longer replies.").lesson
    plan = planned(store)
    assert plan.new_hints == (later.hint,)
    assert plan.overruled == (earlier,)
    assert plan.unusable == ()


def test_a_learned_wish_that_was_turned_round_is_not_kept(store: Store, make_turn) -> None:
    version = made_version(store, give_feedback(store, make_turn().id, "correction", SHORT).lesson.id)
    later = give_feedback(store, make_turn("What is rain?").id, "correction", "Too short, write longer replies.").lesson
    plan = planned(store, version)
    assert (plan.new_hints, plan.kept_hints) == ((later.hint,), ())


def test_praise_that_was_taken_back_on_the_same_prompt_holds_nothing(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "praise")
    give_feedback(store, make_turn().id, "rewrite", "Eight minutes.")
    plan = planned(store)
    assert plan.anchors == ()
    assert len(plan.replies) == 1


def test_a_plan_to_learn_the_rest_again_takes_that_and_nothing_new(store: Store, make_turn) -> None:
    wishes = ("Always end with a question.", SHORT, "Always answer in German.")
    first, second, third = (give_feedback(store, make_turn(w).id, "correction", w).lesson for w in wishes)
    one = made_version(store, first.id)
    made_version(store, first.id, second.id, third.id, parent=one)
    forget(store, second.id)
    give_feedback(store, make_turn("New").id, "correction", "Never use emoji.")
    lost = {lesson.id for lesson in to_learn_again(store, MODEL)}
    plan = make_plan(store, Settings(), MODEL, store.versions.active(MODEL), only=lost)
    assert store.versions.active(MODEL) == one
    assert [lesson.id for lesson in plan.lessons] == [third.id]
    assert (plan.new_hints, plan.kept_hints) == ((third.hint,), (first.hint,))


def test_turns_of_another_model_wait_for_it(store: Store, make_turn) -> None:
    give_feedback(store, make_turn(model="model-b").id, "correction", SHORT)
    assert planned(store).empty


def test_the_same_wish_twice_is_one_hint(store: Store, make_turn) -> None:
    for _ in range(2):
        give_feedback(store, make_turn().id, "correction", SHORT)
    assert len(planned(store).new_hints) == 1
    assert len(planned(store).lessons) == 2


def test_more_wishes_than_fit_wait_for_the_next_run(store: Store, make_turn) -> None:
    wishes = ("Always end with a question.", SHORT, "Always answer in German.", "Never use emoji.")
    for wish in wishes:
        give_feedback(store, make_turn().id, "correction", wish)
    plan = planned(store)
    assert len(plan.new_hints) == HINTS_AT_ONCE
    assert len(plan.lessons) == HINTS_AT_ONCE
    assert [lesson.hint for lesson in plan.unusable] == [store.lessons.pending()[-1].hint]


def test_wishes_that_were_read_into_words_wait_for_those_that_were_said_as_such(store: Store, make_turn) -> None:
    values = {"polarity": -1, "rewrite": None, "scope": "durable"}
    store.lessons.add(make_turn().id, hint="Be brief.", weight=0.4, **values)
    for wish in ("Always end with a question.", "Always answer in German.", "Never use emoji."):
        give_feedback(store, make_turn().id, "correction", wish)
    assert [lesson.hint for lesson in planned(store).unusable] == ["Be brief."]


def test_a_hint_that_is_put_aside_keeps_its_lesson_pending(store: Store, make_turn) -> None:
    for wish in ("Always end with a question.", SHORT):
        give_feedback(store, make_turn().id, "correction", wish)
    plan = planned(store).teaching(["Reply in one short sentence only."])
    assert plan.new_hints == ("Reply in one short sentence only.",)
    assert [lesson.hint for lesson in plan.lessons] == ["Reply in one short sentence only."]
    assert len(plan.unusable) == 1


def test_a_pasted_document_is_no_practice(store: Store, make_turn) -> None:
    give_feedback(store, make_turn("Sum this up: " + "word " * 400).id, "correction", SHORT)
    assert planned(store).asked == ()
    assert len(practice_tasks(planned(store), seed=0)) == PRACTICE_PROMPTS


def test_what_was_learned_before_is_practised_along(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "correction", SHORT)
    lesson = store.lessons.pending()[0]
    run = store.runs.start(0, "user")
    version = store.versions.add(NewVersion(MODEL, 0, run.id, "hash", {}, 16, 32.0, [lesson.id]))
    store.lessons.mark_learned([lesson.id], version.id)
    give_feedback(store, make_turn("What is rain?").id, "correction", "Always end with a question.")
    plan = planned(store, base=version.id)
    assert plan.kept_hints == ("Reply in one short sentence only.",)
    assert len(plan.new_hints) == 1
    assert practice_tasks(plan, seed=0)[0].hints == (*plan.kept_hints, *plan.new_hints)
    assert len(practice_tasks(plan, seed=0)[0].hints) <= HINTS_AT_ONCE


def test_practice_never_touches_exam_or_contrast_prompts_and_repeats_by_seed(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "correction", SHORT)
    plan = planned(store)
    asked = {task.messages[-1]["content"] for task in practice_tasks(plan, seed=3)}
    kept_away = {p.text for split in ("exam", "heldout") for p in bank(split)}
    kept_away |= {p.text for p in bank("practice") if p.contrast}
    assert not asked & kept_away
    assert practice_tasks(plan, 3) == practice_tasks(plan, 3)
    assert practice_tasks(plan, 3) != practice_tasks(plan, 4)


def test_the_version_answers_other_prompts_by_itself_than_the_teacher(store: Store, make_turn) -> None:
    give_feedback(store, make_turn().id, "correction", SHORT)
    plan = planned(store)
    own = {task.messages[-1]["content"] for task in own_tasks(plan, seed=0)}
    assert len(own) == OWN_REPLIES
    assert not own & {task.messages[-1]["content"] for task in practice_tasks(plan, seed=0)}
    assert own_tasks(replace(plan, new_hints=()), seed=0) == []


def test_replay_has_no_hint_and_asks_for_a_form_of_its_own() -> None:
    tasks = replay_tasks(60, seed=0)
    contrast = {p.text for p in bank("practice") if p.contrast}
    assert len(tasks) == 9
    assert all(not t.hints and t.messages[-1]["content"] in contrast for t in tasks)

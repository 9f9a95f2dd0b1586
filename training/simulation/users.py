"""The simulated users: what each likes, how they say so, and what must stay untouched by it.

Owns the people and whether a reply satisfies them. Only benchmarks and tests see this: the learner gets what a user
says and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from training.prompts import Prompt, Split, bank
from training.signals import on_topic
from training.simulation import checks, rewrites
from training.simulation.checks import is_short
from training.simulation.material import Contrast, comments, contrasts, homework
from training.simulation.voices import Voice, voice

__all__ = ["CHANGING_MIND", "PEOPLE", "SHORT", "USERS", "Changing", "User", "is_short", "named"]

Check = Callable[[Prompt, str], bool]

CHANGE_AFTER = 16
"""Interactions after which the preference of `CHANGING_MIND` turns round."""


@dataclass(frozen=True, slots=True)
class User:
    """A person with one durable preference.

    Attributes:
        name: for tables.
        likes: the private check of the style; content is checked apart.
        voice: what they say.
        contrasts: prompts of theirs to which the preference must not apply.
        shows: whether a reply gives positive evidence, where `likes` holds for most replies anyway; reported apart.
        rewrite: how they would mend a reply by hand, if they ever do.
        asks: the prompts of a split that they use.
    """

    name: str
    likes: Check
    voice: Voice
    contrasts: tuple[Contrast, ...]
    shows: Check | None = None
    rewrite: Callable[[str], str] | None = None
    asks: Callable[[Split], list[Prompt]] = bank

    @property
    def correction(self) -> str:
        """Their plainest correction."""
        return self.voice.corrections[0].text

    @property
    def lasting_correction(self) -> str:
        """Their first correction that says in words that it holds for good."""
        return next(one.text for one in self.voice.corrections if one.lasting)

    def at(self, interaction: int) -> User:  # noqa: ARG002 - the same call as for somebody who changes their mind
        """Who they are at an interaction, counted from 0: always the same."""
        return self

    def contrast(self, prompt: Prompt) -> Contrast | None:
        """Their contrast prompt with the id of this prompt."""
        return next((one for one in self.contrasts if one.prompt.id == prompt.id), None)

    def satisfied(self, prompt: Prompt, reply: str) -> bool:
        """Style and content together: a reply that pleases but misses the topic does not count.

        To a contrast prompt of theirs the style does not apply: the reply has to do what was asked.
        """
        if contrast := self.contrast(prompt):
            return contrast.kept(reply)
        return self.likes(prompt, reply) and on_topic(reply, prompt.topic, prompt.text)


@dataclass(frozen=True, slots=True)
class Changing:
    """A person whose preference turns: `phases` are (first interaction, who they are from then on), in order."""

    name: str
    phases: tuple[tuple[int, User], ...]

    def at(self, interaction: int) -> User:
        """Who they are at an interaction, counted from 0."""
        return [user for first, user in self.phases if first <= interaction][-1]


def _user(
    name: str,
    likes: Check,
    shows: Check | None = None,
    rewrite: Callable[[str], str] | None = None,
    asks: Callable[[Split], list[Prompt]] = bank,
) -> User:
    return User(name, likes, voice(name), contrasts(name), shows, rewrite, asks)


SHORT = _user("short", checks.short, rewrite=rewrites.shorten)
LONG = _user("long", checks.long)
PROSE = _user("prose", checks.prose, rewrite=rewrites.unmark)
QUESTION = _user("question", checks.question, rewrite=rewrites.ask_back)
CASUAL = _user("casual", checks.casual, rewrite=rewrites.greet)
FORMAL = _user("formal", checks.formal, rewrite=rewrites.formalise)
BULLETS = _user("bullets", checks.bullets, rewrite=rewrites.as_bullets)
NUMBERED = _user("numbered", checks.numbered, rewrite=rewrites.as_steps)
BRITISH = _user("british", checks.british, shows=checks.shows_british, rewrite=rewrites.spell_british)
UNAPOLOGETIC = _user("unapologetic", checks.unapologetic, rewrite=rewrites.drop_apologies)
METRIC = _user("metric", checks.metric, shows=checks.shows_metric)
ANSWER_FIRST = _user("answer first", checks.answer_first)
STUDENT = _user("student", checks.student, rewrite=rewrites.humanise, asks=homework)
TEACHER = _user("teacher", checks.teacher, asks=comments)
GERMAN = _user("german", checks.german)

USERS = (
    SHORT, LONG, PROSE, QUESTION, CASUAL, FORMAL, BULLETS, NUMBERED, BRITISH, UNAPOLOGETIC, METRIC, ANSWER_FIRST,
    STUDENT, TEACHER, GERMAN,
)  # fmt: skip

CHANGING_MIND = Changing(
    "changing mind",
    (
        (0, replace(SHORT, name="changing mind")),
        (CHANGE_AFTER, replace(LONG, name="changing mind", voice=voice("changing mind"))),
    ),
)

PEOPLE: tuple[User | Changing, ...] = (*USERS, CHANGING_MIND)


def named(name: str) -> User | Changing:
    """The person with this name.

    Raises:
        ValueError: nobody is called so.
    """
    for person in PEOPLE:
        if person.name == name:
            return person
    raise ValueError(f"no user called {name!r}; there are {', '.join(person.name for person in PEOPLE)}")

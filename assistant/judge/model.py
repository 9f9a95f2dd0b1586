"""Makes the language-model judge that the settings ask for, with the server it needs for as long as it needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import ModelUnusable
from assistant.judge.askers import EndpointAsker, PolicyAsker
from assistant.judge.language_model import LanguageModelJudge
from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.policy.supervisor import connect_or_start, running
from assistant.settings import JudgeSettings

REMOTE = "remote"


def policy_judge(client: PolicyClient, settings: JudgeSettings) -> LanguageModelJudge:
    """The base model of a policy server that runs.

    Raises:
        PolicyUnavailable: it does not answer.
    """
    model = str(client.health()["model_hash"])
    return LanguageModelJudge(PolicyAsker(client), model, votes=settings.votes, timeout_s=settings.timeout_s)


@contextmanager
def model_judge(data: DataDir, settings: JudgeSettings, *, start: bool) -> Iterator[LanguageModelJudge | None]:
    """The judge of the settings: the endpoint, another model file, or the served model.

    Args:
        data: whose server.
        settings: what the user chose.
        start: False starts no server; then there may be no judge.

    Raises:
        PolicyUnavailable: a server that was started or found does not answer.
        ModelUnusable: there is no such model file.
    """
    if settings.endpoint:
        asker = EndpointAsker.connect(settings.endpoint, settings.endpoint_model)
        model = f"{settings.endpoint} {settings.endpoint_model}"
        with asker.http:
            yield LanguageModelJudge(asker, model, votes=settings.votes, timeout_s=settings.timeout_s, backend=REMOTE)
    elif start:
        with connect_or_start(data, _model_file(settings)) as client:
            yield policy_judge(client, settings)
    elif not settings.model_path and (found := running(data)) is not None:
        with found:
            yield policy_judge(found, settings)
    else:
        yield None


def _model_file(settings: JudgeSettings) -> Path | None:
    if not settings.model_path:
        return None
    file = Path(settings.model_path).expanduser()
    if not file.is_file():
        raise ModelUnusable(f"There is no model file {file}.")
    return file

"""The errors Mentee raises on purpose.

`EnvironmentProblem` is something the user can act on (disk full, model file missing): its text is one plain
sentence, shown as it is. `InternalBug` is ours. Nothing else may cross the border between two rooms.
"""

from __future__ import annotations


class MenteeError(Exception):
    """Root of every error raised on purpose; `code` is a stable name for scripts and translations."""

    code = "error"


class EnvironmentProblem(MenteeError):
    """The environment is at fault and the user can act; the message is one plain sentence."""

    code = "environment"


class InternalBug(MenteeError):
    """A broken assumption of ours; worth a report."""

    code = "bug"


class NotFound(EnvironmentProblem, LookupError):
    """An id that the store does not know."""

    code = "not_found"


class StoreTooNew(EnvironmentProblem):
    """The database was written by a newer Mentee."""

    code = "store_too_new"


class StoreDamaged(EnvironmentProblem):
    """The database cannot be read."""

    code = "store_damaged"


class DiskFull(EnvironmentProblem):
    """A write failed for want of space."""

    code = "disk_full"


class ModelUnusable(EnvironmentProblem, ValueError):
    """A model file that is missing, truncated, not GGUF, or not usable for what was asked."""

    code = "model_unusable"


class AdapterUnusable(EnvironmentProblem, ValueError):
    """A version folder that is damaged, incomplete, or made for another model."""

    code = "adapter_unusable"


class PolicyUnavailable(EnvironmentProblem, ConnectionError):
    """The policy server does not answer, or went away in the middle of a reply."""

    code = "policy_unavailable"


class PolicyRefused(EnvironmentProblem):
    """The policy server answered with an error; `status` is the HTTP status."""

    code = "policy_refused"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[PolicyRefused], tuple[int, str]]:
        return type(self), (self.status, str(self))


class PortTaken(EnvironmentProblem, OSError):
    """The port asked for is in use."""

    code = "port_taken"


class AlreadyRunning(EnvironmentProblem):
    """Another process holds the lock on this data directory."""

    code = "already_running"


class BadInput(EnvironmentProblem, ValueError):
    """The caller's words or file make no sense; exit status 1, nothing changed."""

    code = "bad_input"

"""Errors whose text is made for the operator; each names the thing and, where we can, what to do."""

from __future__ import annotations

from spottui.safe_text import clean

LONGEST = 20_000
"""Characters of one sentence, or of the sentences on all that is wrong with a settings file."""


class SpottuiError(Exception):
    """Show this to the operator: its text is one or more full sentences."""

    exit_status = 1
    """What a one-shot command returns: 1 failed, 2 wrong use or bad config, 3 unreachable, 4 forbidden."""

    def __str__(self) -> str:
        """Return the sentence, safe to show: it may quote what a file or a server said."""
        return clean(super().__str__(), LONGEST, keep_newlines=True)


class BadConfig(SpottuiError):
    """A settings file, a kubeconfig or an argument cannot be used as it is."""

    exit_status = 2


class Unreachable(SpottuiError):
    """Nobody answered: no link, a timeout, a refused connection, wrong TLS, a reply that is no API."""

    exit_status = 3


class Forbidden(SpottuiError):
    """The API server knows who asks and says no (HTTP 403)."""

    exit_status = 4


class LoginExpired(SpottuiError):
    """The API server no longer takes these credentials (HTTP 401)."""

    exit_status = 4


class NotFound(SpottuiError):
    """The object is not there, or is another one than the one that was aimed at."""


class Conflict(SpottuiError):
    """The object changed between reading and writing (HTTP 409, or a failed precondition)."""


class Expired(SpottuiError):
    """The asked resourceVersion is no longer kept (HTTP 410): list again."""


class Refused(SpottuiError):
    """The API server understood and refused for another reason; the text carries its message."""


class TryLater(Refused):
    """The API server says: not now (HTTP 429). For an eviction: a disruption budget does not allow it."""


class OutcomeUnknown(SpottuiError):
    """The request left and no answer came: it may or may not have been done."""

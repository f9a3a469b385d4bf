"""What an act is given to work with; knows the shape of the API client, not the client itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Options = Mapping[str, Any]
"""What the operator chose beside the target, e.g. {"revision": "a1b2c3d"}."""
Query = Sequence[tuple[str, str]]


class Api(Protocol):
    """The Kubernetes API, one request at a time."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: Any = None,
        content_type: str = "application/json",
        timeout: float = 10.0,
    ) -> bytes:
        """Send one request and return the body of the answer.

        `body` is a JSON object, `timeout` the seconds for the whole exchange.

        Raises:
            SpottuiError: One of Unreachable (it did not leave, or a read got no answer), LoginExpired,
                Forbidden, NotFound, Conflict, Expired, Refused, OutcomeUnknown (a write got no answer).
        """
        ...


class Unfinished(str):
    """The sentence of an act whose request was accepted, but whose effect was not complete in time.

    The audit says "done" (the request was), a screen should show it as a warning.
    """


def _unheard(text: str) -> None:
    """Drop what an act says on its way when nobody listens."""


@dataclass(frozen=True)
class Services:
    """Everything an act may use."""

    api: Api
    clock: Callable[[], float]
    """Seconds since the epoch."""
    sleep: Callable[[float], Awaitable[None]]
    user: str
    """Who commands, as the cluster shall know it: "spottui:ana@base"."""
    place: str = ""
    """The cluster's name for the operator (the context), used in questions; may be empty."""
    say: Callable[[str], None] = _unheard
    """Takes a sentence while the act still waits."""
    watched_for: float = 0.0
    """Seconds that a sync is watched at the least; 0 leaves it to the act."""

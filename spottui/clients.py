"""What sources and acts are given to send requests with: the shape of the clients, not the clients themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Query = Sequence[tuple[str, str]]
"""Names and values of a query, as they are before they are quoted."""


class PathClient(Protocol):
    """As much of a client as is needed by whoever asks for whole paths."""

    async def request(self, method: str, path: str, *, timeout: float = 10.0) -> bytes:
        """Send one request and return the body of the answer; raises as `KubeClient.request`."""
        ...


class KubeClient(Protocol):
    """The Kubernetes API, one request at a time; `spottui.sources.kube_api.KubeApi` is one."""

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


class ServerClient(Protocol):
    """argocd-server, one request at a time, errors as those of `KubeClient`; `ArgocdApi` is one."""

    url: str
    """Where it is, without a slash at its end."""

    async def request(
        self, method: str, path: str, *, query: Query = (), body: Any = None, timeout: float = 10.0
    ) -> bytes:
        """Send one request and return the body of the answer."""
        ...

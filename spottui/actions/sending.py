"""The APIs as one command sees them: every write is on the audit log's disk before it leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from spottui.actions.audit import Audit, Request
from spottui.actions.masking import masked
from spottui.actions.services import Services
from spottui.clients import KubeClient, Query, ServerClient
from spottui.errors import OutcomeUnknown, SpottuiError
from spottui.records import Command

Send = Callable[[], Awaitable[bytes]]
"""Sends one request when it is called."""


class AuditedApi:
    """Passes requests on and knows what became of the writes; one per command."""

    def __init__(self, api: KubeClient, audit: Audit, command: Command) -> None:
        self._api, self._audit, self._command = api, audit, command
        self.last: Request | None = None
        """The last write that was (about to be) sent."""
        self.in_flight = False
        """A write left and its answer is not here."""
        self.accepted = False
        """The API server took a write."""
        self.unread: SpottuiError | None = None
        """The error of the last read that failed."""

    @property
    def may_have_changed(self) -> bool:
        """Something left that was done, or may have been."""
        return self.in_flight or self.accepted

    async def request(self, method: str, path: str, *, body: Any = None, **how: Any) -> bytes:
        """Send one request; a write only after its text, but for what looks like a secret, is on the disk.

        Raises:
            SpottuiError: As `KubeClient.request`; or the audit log cannot be written and nothing was sent.
        """
        if method == "GET":
            return await self.reading(lambda: self._api.request("GET", path, **how))

        def send() -> Awaitable[bytes]:
            return self._api.request(method, path, body=body, **how)

        return await self.writing(Request(method, path, masked(body)), send)

    async def writing(self, request: Request, send: Send) -> bytes:
        """Put a write on the disk, then send it; note what became of it. Raises as `request`."""
        self.last = request
        try:
            await self._audit.asked(self._command, request)
        except SpottuiError as error:
            raise SpottuiError(f"{error} So nothing was sent.") from error
        self.in_flight = True
        try:
            answer = await send()
        except OutcomeUnknown:
            raise
        except SpottuiError:
            self.in_flight = False  # refused, or it never left
            raise
        self.in_flight, self.accepted = False, True
        return answer

    async def reading(self, send: Send) -> bytes:
        """Send a read, and note when it failed."""
        try:
            return await send()
        except SpottuiError as error:
            self.unread = error
            raise


class AuditedRest:
    """argocd-server as the same command sees it; what becomes of its writes is noted with all others."""

    def __init__(self, api: ServerClient, noted: AuditedApi) -> None:
        self._api, self._noted = api, noted
        self.url = api.url

    async def request(self, method: str, path: str, *, query: Query = (), body: Any = None, **how: Any) -> bytes:
        """Send one request; raises as `AuditedApi.request`."""

        def send() -> Awaitable[bytes]:
            return self._api.request(method, path, query=query, body=body, **how)

        if method == "GET" and not any(name == "refresh" for name, _ in query):  # that one is a GET with an effect
            return await self._noted.reading(send)
        asked = f"?{urlencode(list(query))}" if query else ""
        return await self._noted.writing(Request(method, f"{self.url}{path}{asked}", masked(body)), send)


def audited(services: Services, api: AuditedApi) -> Services:
    """Return the services of one command: whatever it writes goes over `api`, or is noted there."""
    return replace(services, api=api, argocd=None if services.argocd is None else AuditedRest(services.argocd, api))

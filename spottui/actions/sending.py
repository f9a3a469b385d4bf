"""The API as one command sees it: every write is on the audit log's disk before it leaves."""

from __future__ import annotations

from typing import Any

from spottui.actions.audit import Audit, Request
from spottui.actions.masking import masked
from spottui.actions.services import Api, Query
from spottui.errors import OutcomeUnknown, SpottuiError
from spottui.records import Command


class AuditedApi:
    """Passes requests on and knows what became of the writes; one per command."""

    def __init__(self, api: Api, audit: Audit, command: Command) -> None:
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
        """Send one request; a write only after its text, but for what looks like a secret, is on the disk.

        Raises:
            SpottuiError: As `Api.request`; or the audit log cannot be written and nothing was sent.
        """
        if method == "GET":
            return await self._read(path, query, timeout)
        self.last = Request(method, path, masked(body))
        try:
            await self._audit.asked(self._command, self.last)
        except SpottuiError as error:
            raise SpottuiError(f"{error} So nothing was sent.") from error
        self.in_flight = True
        try:
            answer = await self._api.request(
                method, path, query=query, body=body, content_type=content_type, timeout=timeout
            )
        except OutcomeUnknown:
            raise
        except SpottuiError:
            self.in_flight = False  # refused, or it never left
            raise
        self.in_flight, self.accepted = False, True
        return answer

    async def _read(self, path: str, query: Query, timeout: float) -> bytes:
        try:
            return await self._api.request("GET", path, query=query, timeout=timeout)
        except SpottuiError as error:
            self.unread = error
            raise

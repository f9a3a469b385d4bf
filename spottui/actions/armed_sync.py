"""Sends an armed sync: asks Argo CD to look at git first, marks the operation as this one's, and finds it again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from msgspec import Struct

from spottui.actions.action import Action, Weight
from spottui.actions.objects import Object, fetch, part, rows, said
from spottui.actions.registry import by_id
from spottui.actions.services import Options, Services
from spottui.clients import KubeClient, ServerClient
from spottui.errors import Conflict, LoginExpired, OutcomeUnknown, SpottuiError, Unreachable
from spottui.records import Target
from spottui.verdicts.sync_errors import error_class, needs_hard_refresh

ID = "spottui-id"
"""Name in operation.info under which an armed sync's operation is found again."""
MOST_RETRIES = 2
"""Of Argo CD's own: a retry without an end goes by no condition of ours and blocks every other operation."""


class NotSynced(SpottuiError):
    """It was not sent, for a reason that has a class."""

    def __init__(self, text: str, error_class: str) -> None:
        super().__init__(text)
        self.error_class = error_class


@dataclass
class Sending:
    """One attempt on its way out, and what is known of its request."""

    operation_id: str
    reason: str
    """For operation.info: "armed 2027-01-15T08:00:00Z by ana@base"."""
    before: Callable[[], Awaitable[None]]
    """Puts on the disk that the request is about to leave; an error keeps it from leaving."""
    request: Literal["none", "refused", "accepted", "unknown"] = "none"
    """none: it never left."""

    async def send(self, request: Callable[[], Awaitable[bytes]]) -> bytes:
        """Send the request that starts the operation, and note what became of it.

        Raises:
            SpottuiError: As the request; or it was sent already, or what must be on the disk is not.
        """
        if self.request == "accepted":
            raise SpottuiError("This sync was sent already.")
        await self.before()
        self.request = "unknown"
        try:
            answer = await request()
        except OutcomeUnknown:
            raise
        except SpottuiError:
            self.request = "refused"
            raise
        self.request = "accepted"
        return answer


class Outcome(Struct, frozen=True, kw_only=True):
    """What an Application says became of one attempt."""

    state: Literal["running", "done", "failed"]
    text: str
    error_class: str = ""
    """Empty unless it failed."""


def release_action(prune: bool) -> Action:
    """Return the command that sends an armed sync; its options are "revision" and "sending".

    It asks nothing and goes past the lock on writing: the operator agreed when it was armed.
    """
    sync = by_id("application.sync-prune" if prune else "application.sync")

    def describe(target: Target, options: Options) -> str:
        sending: Sending = options["sending"]
        return f"{sync.describe(target, options)}, {sending.reason} (id {sending.operation_id})"

    async def run(services: Services, target: Target, options: Options) -> str:
        return await send(services, target, options, sync)

    return replace(
        sync,
        id="application.sync-armed",
        title="Armed sync",
        weight=Weight.NONE,
        writes=False,
        key="",
        timeout=sync.timeout + by_id("application.refresh").timeout,
        describe=describe,
        preview=None,
        form=None,
        run=run,
    )


async def send(services: Services, target: Target, options: Options, sync: Action) -> str:
    """Refresh, look whether there is something to do and nothing in the way, then sync.

    Raises:
        NotSynced: Git cannot be compared with; nothing was sent.
        SpottuiError: As the sync itself; `options["sending"].request` says whether it may have been sent.
    """
    sending: Sending = options["sending"]
    rest = services.argocd
    ours = replace(
        services,
        api=_MarkingApi(services.api, sending),
        argocd=None if rest is None else _MarkingRest(rest, sending),
    )
    app = await _refreshed(ours, target)
    if trouble := _trouble(app):
        raise NotSynced(f"{target.name}: Argo CD cannot compare it with git: {said(trouble)}.", error_class(trouble))
    wanted = str(options.get("revision") or "")
    compared = part(app, "status", "sync")
    if compared.get("status") == "Synced" and wanted in ("", compared.get("revision")):
        return f"{target.name}: is synced already, so nothing was sent."
    chosen = {"revision": wanted} if wanted else {}
    return await sync.run(ours, target, chosen)


async def _refreshed(services: Services, target: Target) -> Object:
    found = await fetch(services, target)
    hard = needs_hard_refresh(_trouble(found))
    refresh = by_id("application.hard-refresh" if hard else "application.refresh")
    try:
        await refresh.run(services, target, {})
    except OutcomeUnknown as error:
        raise NotSynced(f"{error} So no sync was sent.", "argo-down") from error
    return await fetch(services, target)


def _trouble(app: Object) -> str:
    """Return why Argo CD could not compare an Application; empty when it could."""
    conditions = rows(part(app, "status"), "conditions")
    for wanted in ("InvalidSpecError", "ComparisonError", "UnknownError"):
        for row in conditions:
            if row.get("type") == wanted:
                prefix = "InvalidSpecError: " if wanted == "InvalidSpecError" else ""
                return prefix + (str(row.get("message") or "") or wanted)
    if part(app, "status", "sync").get("status") in ("Synced", "OutOfSync"):
        return ""
    return "it has not said why"


def class_of(error: SpottuiError, sending: Sending) -> str:
    """Return the class of what ended an attempt whose request was not accepted."""
    if isinstance(error, NotSynced):
        return error.error_class
    if sending.request == "unknown":
        return "unknown"
    if isinstance(error, Unreachable | OutcomeUnknown):
        return "link"
    if isinstance(error, LoginExpired):
        return "login"
    # An operation that came in between is refused by a sentence of its own, before anything leaves.
    if isinstance(error, Conflict) or "is in progress" in str(error) or "still busy" in str(error):
        return "busy"
    return "refused"


def outcome_of(app: Object, operation_id: str) -> Outcome | None:
    """Return what became of the attempt with this id; None: the Application says nothing of it."""
    asked, state = part(app, "operation"), part(app, "status", "operationState")
    if _has_id(asked, operation_id):
        message = said(state.get("message")) if _has_id(part(state, "operation"), operation_id) else ""
        return Outcome(state="running", text=message or "Argo CD has not picked it up yet")
    if not _has_id(part(state, "operation"), operation_id):
        return None
    phase, message = said(state.get("phase")), said(state.get("message"))
    if phase == "Succeeded":
        revision = str(part(state, "syncResult").get("revision") or "")
        return Outcome(state="done", text=f"synced to {revision[:7]}" if revision else "synced")
    if phase not in ("Failed", "Error"):
        return None  # a ghost: its operation is gone, and it never ended
    word = error_class(str(state.get("message") or "")) if phase == "Error" else "failed"
    return Outcome(state="failed", text=f"sync {phase.lower()}: {message or 'no reason given'}", error_class=word)


def _has_id(operation: Object, operation_id: str) -> bool:
    return any(row.get("name") == ID and row.get("value") == operation_id for row in rows(operation, "info"))


class _MarkingApi:
    """Passes requests on; marks the one that starts the operation, and notes what became of it."""

    def __init__(self, api: KubeClient, sending: Sending) -> None:
        self._api, self._sending = api, sending

    async def request(self, method: str, path: str, *, body: Any = None, **how: Any) -> bytes:
        """Send one request; see `KubeClient.request`."""
        if method != "PATCH" or not isinstance(body, dict) or not body.get("operation"):
            return await self._api.request(method, path, body=body, **how)
        marked = _marked(body, self._sending)
        return await self._sending.send(lambda: self._api.request(method, path, body=marked, **how))


class _MarkingRest:
    """The same for argocd-server."""

    def __init__(self, api: ServerClient, sending: Sending) -> None:
        self._api, self._sending = api, sending
        self.url = api.url

    async def request(self, method: str, path: str, *, body: Any = None, **how: Any) -> bytes:
        """Send one request; see `ServerClient.request`."""
        sending = self._sending
        if method != "POST" or not path.endswith("/sync") or not isinstance(body, dict):
            return await self._api.request(method, path, body=body, **how)
        marked = {**body, "infos": [*rows(body, "infos"), *_infos(sending)]}
        if "retryStrategy" in body:
            marked["retryStrategy"] = _limited(part(body, "retryStrategy"))
        return await sending.send(lambda: self._api.request(method, path, body=marked, **how))


def _marked(body: Object, sending: Sending) -> Object:
    operation = dict(part(body, "operation"))
    if "retry" in operation:
        operation["retry"] = _limited(part(operation, "retry"))
    operation["info"] = [*rows(operation, "info"), *_infos(sending)]
    return {**body, "operation": operation}


def _limited(retry: Object) -> Object:
    limit = retry.get("limit")
    return {**retry, "limit": MOST_RETRIES} if isinstance(limit, int) and not 0 <= limit <= MOST_RETRIES else retry


def _infos(sending: Sending) -> list[Object]:
    return [{"name": "Reason", "value": sending.reason}, {"name": ID, "value": sending.operation_id}]

"""What the operator may do, as the API server answers it; asked once and remembered for minutes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from spottui.actions.argocd_rest import rbac_name
from spottui.actions.objects import Object, parsed, part, said
from spottui.actions.registry import Permission
from spottui.clients import KubeClient, ServerClient
from spottui.errors import Conflict, Forbidden, LoginExpired, NotFound, OutcomeUnknown, Refused, Unreachable
from spottui.records import Target

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_Key = tuple[Permission, str, str]
"""Permission, namespace, name; an empty name means every name."""

OF_NO_NAMESPACE = frozenset({"nodes", "namespaces", "persistentvolumes", "shims"})
"""Resources that lie in no namespace."""
KEEP_DENIED = 15.0
"""Seconds a "no" is remembered."""


@dataclass(frozen=True)
class Answer:
    """Whether something is allowed."""

    allowed: bool
    reason: str
    """A sentence for the operator when it is not allowed, or when the server would not say."""


class Permits:
    """Asks the API server what these credentials may do (SelfSubjectAccessReview); remembers the answers.

    Of Applications that are commanded through argocd-server, that server is asked: its own RBAC decides there.
    """

    def __init__(
        self, api: KubeClient, clock: Callable[[], float], keep: float = 300.0, *, argocd: ServerClient | None = None
    ) -> None:
        self._api, self._clock, self._keep, self._argocd = api, clock, keep, argocd
        self._answers: dict[_Key, tuple[float, Answer]] = {}
        self._locks: dict[_Key, asyncio.Lock] = {}

    async def may(self, permission: Permission, target: Target) -> Answer:
        """Return whether `permission` is granted: for every name in the target's namespace, else for its own.

        Raises:
            Unreachable: Nobody answered.
            LoginExpired: The credentials are no longer taken; all answers are forgotten.
        """
        if self._is_argocds(target):
            if not permission.argocd:
                return Answer(True, "")
            return await self._answer((permission, target.namespace, target.name))
        permission = replace(permission, argocd="")
        everywhere = await self._answer((permission, target.namespace, ""))
        if everywhere.allowed or _makes_anew(permission):
            return everywhere
        return await self._answer((permission, target.namespace, target.name))

    def peek(self, permission: Permission, target: Target) -> Answer | None:
        """Return what is known without asking; None: not known. For greying out keys."""
        if self._is_argocds(target):
            return self._known((permission, target.namespace, target.name))
        permission = replace(permission, argocd="")
        everywhere = self._known((permission, target.namespace, ""))
        if everywhere is not None and (everywhere.allowed or _makes_anew(permission)):
            return everywhere
        return self._known((permission, target.namespace, target.name))

    def forget(self) -> None:
        """Drop all answers: other credentials, or the server refused what it had allowed."""
        self._answers.clear()

    def _is_argocds(self, target: Target) -> bool:
        return self._argocd is not None and target.kind == "Application"

    def _known(self, key: _Key) -> Answer | None:
        heard_at, answer = self._answers.get(key, (0.0, None))
        if answer is None:
            return None
        # A right that was granted meanwhile should be felt at the next key, not after minutes.
        keep = self._keep if answer.allowed else min(self._keep, KEEP_DENIED)
        return answer if 0 <= self._clock() - heard_at < keep else None

    async def _answer(self, key: _Key) -> Answer:
        async with self._locks.setdefault(key, asyncio.Lock()):  # many targets of one namespace ask once
            known = self._known(key)
            if known is not None:
                return known
            answer = await self._ask(key)
            self._answers[key] = (self._clock(), answer)
            return answer

    async def _ask(self, key: _Key) -> Answer:
        if self._argocd is not None and key[0].argocd:
            try:
                return await _asked_argocd(self._argocd, key)
            except LoginExpired:
                self.forget()
                raise
        try:
            reply = await self._api.request("POST", REVIEWS, body=_review(key))
        except LoginExpired:
            self.forget()
            raise
        except OutcomeUnknown as error:
            # A review changes nothing: a POST without an answer is here no more than an unanswered question.
            text = "The API server did not answer whether this is allowed, so nothing was sent."
            raise Unreachable(text) from error
        except (Forbidden, NotFound, Refused, Conflict) as error:
            # A server that answers no reviews still decides on the request itself.
            return Answer(True, f"The server does not say whether this is allowed: {error}")
        return _judge(key, part(parsed(reply, REVIEWS), "status"))


async def _asked_argocd(server: ServerClient, key: _Key) -> Answer:
    """Ask argocd-server about one Application, by the name that its RBAC knows it by."""
    permission, namespace, name = key
    path = f"/api/v1/applications/{quote(name, safe='')}"
    try:
        app = parsed(await server.request("GET", path, query=(("appNamespace", namespace),)), path)
        what = f"applications/{permission.argocd}/{quote(rbac_name(app))}"
        path = f"/api/v1/account/can-i/{what}"
        answer = parsed(await server.request("GET", path), path).get("value")
    except Forbidden as error:
        return Answer(False, str(error))
    except (NotFound, Refused, Conflict) as error:
        return Answer(True, f"argocd-server does not say whether this is allowed: {error}")
    if answer == "yes":
        return Answer(True, "")
    return Answer(False, f"Argo CD's own rules do not let you {permission.argocd} {name} in namespace {namespace}.")


def _makes_anew(permission: Permission) -> bool:
    """Tell whether it is about an object that has no name yet, which a role could name."""
    return permission.verb == "create" and not permission.subresource


def _review(key: _Key) -> Object:
    permission, namespace, name = key
    attributes = {"verb": permission.verb, "group": permission.group, "resource": permission.resource}
    for field, value in (("subresource", permission.subresource), ("namespace", namespace), ("name", name)):
        if value:
            attributes[field] = value
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


def _judge(key: _Key, status: Object) -> Answer:
    if status.get("allowed") is True:
        return Answer(True, "")
    permission, namespace, name = key
    resource = ".".join(word for word in (permission.resource, permission.group) if word)
    if permission.subresource:
        resource += f"/{permission.subresource}"
    what = f'"{name}" of {resource}' if name else resource
    everywhere = "" if permission.resource in OF_NO_NAMESPACE else " in all namespaces"
    where = f" in namespace {namespace}" if namespace else everywhere
    why = said(status.get("reason") or status.get("evaluationError"))
    return Answer(False, f"You may not {permission.verb} {what}{where}" + (f": {why}." if why else "."))

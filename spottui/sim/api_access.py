"""Who asks the embedded API server, and what they may do: three tokens and their rules, as RBAC would hold them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spottui.sim.api_request import Asked
from spottui.sim.resources import RESOURCES
from spottui.sim.status import ApiError, forbidden

Rule = dict[str, list[str]]
"""A PolicyRule of rbac.authorization.k8s.io/v1; with "namespaces" it holds in those only, as a RoleBinding has it."""

USERS = ("admin", "operator", "viewer")
READ = ["get", "list", "watch"]
_HIDDEN = {"secrets", "roles", "rolebindings", "clusterroles", "clusterrolebindings"}
"""Kinds that only the administrator reads."""
_OPEN_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
_DISCOVERY_PATHS = ["/api", "/api/*", "/apis", "/apis/*", *_OPEN_PATHS, "/openapi", "/openapi/*"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as the API server knows it."""

    name: str
    groups: tuple[str, ...]
    uid: str = ""


ANONYMOUS = Identity("system:anonymous", ("system:unauthenticated",))


def _allow(group: str, resources: Iterable[str], verbs: Iterable[str]) -> Rule:
    return {"verbs": [*verbs], "apiGroups": [group], "resources": [*resources]}


def _readable() -> list[Rule]:
    """Return the rules that let every kind be read but those that hold credentials or rights."""
    groups: dict[str, list[str]] = {}
    for kind in RESOURCES:
        if kind.plural not in _HIDDEN:
            names = [kind.plural, *(f"{kind.plural}/{sub}" for sub in kind.subresources if sub in ("status", "scale"))]
            groups.setdefault(kind.group, []).extend(names)
    groups[""].append("pods/log")
    rules = [_allow(group, names, READ) for group, names in groups.items()]
    return [*rules, _allow("metrics.k8s.io", ["nodes", "pods"], READ)]


def viewer_rules() -> list[Rule]:
    """Return what `viewer` may do: read all but Secrets and rights."""
    return _readable()


def operator_rules() -> list[Rule]:
    """Return what `operator` may do: read, steer workloads and Applications, look into pods."""
    workloads = ["deployments", "statefulsets", "daemonsets", "replicasets"]
    scales = [f"{name}/scale" for name in workloads if name != "daemonsets"]
    return [
        *_readable(),
        _allow("apps", [*workloads, *scales], ["patch", "update"]),
        _allow("batch", ["jobs", "cronjobs"], ["patch", "update"]),
        _allow("", ["pods"], ["delete", "patch", "update"]),
        _allow("", ["pods/exec", "pods/attach", "pods/portforward"], ["create", "get"]),
        _allow("", ["pods/eviction", "events"], ["create"]),
        _allow("", ["nodes"], ["patch"]),
        _allow("argoproj.io", ["applications"], ["patch", "update"]),
        _allow("core.spinkube.dev", ["spinapps", "spinapps/scale"], ["patch", "update"]),
    ]


_EVERYBODY: list[Rule] = [
    _allow("authorization.k8s.io", ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
    _allow("authentication.k8s.io", ["selfsubjectreviews"], ["create"]),
    {"verbs": ["get"], "nonResourceURLs": _DISCOVERY_PATHS},
]
_ADMIN: list[Rule] = [_allow("*", ["*"], ["*"]), {"verbs": ["*"], "nonResourceURLs": ["*"]}]
_NOBODY: list[Rule] = [{"verbs": ["get"], "nonResourceURLs": _OPEN_PATHS}]


@dataclass(slots=True)
class Authorizer:
    """Knows the tokens and the rules; both may be changed while the server runs."""

    tokens: dict[str, str] = field(default_factory=lambda: new_tokens())
    """User name -> bearer token."""
    rules: dict[str, list[Rule]] = field(
        default_factory=lambda: {"admin": [*_ADMIN], "operator": operator_rules(), "viewer": viewer_rules()}
    )
    """User name -> what that user may do beyond what every authenticated user may."""
    groups: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"admin": ("system:masters",), "operator": ("operators",), "viewer": ("viewers",)}
    )

    everybody: list[Rule] = field(default_factory=lambda: [*_EVERYBODY])
    """What every authenticated user may do: ask about itself, and discover."""

    def identify(self, authorization: str) -> Identity:
        """Return who sends this Authorization header; nobody in particular when it is empty.

        Raises:
            ApiError: 401 for a token that is not known.
        """
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        for user, known in self.tokens.items():
            if scheme.lower() == "bearer" and secrets.compare_digest(known.encode(), token.strip().encode()):
                return Identity(user, (*self.groups.get(user, ()), "system:authenticated"), user)
        raise ApiError(401, "Unauthorized", "Unauthorized")

    def rules_of(self, who: Identity) -> list[Rule]:
        """Return all rules that hold for a user."""
        if who.name == ANONYMOUS.name:
            return _NOBODY
        if "system:masters" in who.groups:
            return [*_ADMIN, *self.everybody]
        return [*self.everybody, *self.rules.get(who.name, ())]

    def rules_in(self, who: Identity, namespace: str) -> list[Rule]:
        """Return the rules that hold for a user in a namespace, as plain PolicyRules."""
        return [
            {name: value for name, value in rule.items() if name != "namespaces"}
            for rule in self.rules_of(who)
            if _holds_in(rule, namespace)
        ]

    def allows(self, who: Identity, asked: Asked) -> bool:
        """Say whether a user may do this."""
        return any(_matches(rule, asked) for rule in self.rules_of(who))

    def check(self, who: Identity, asked: Asked) -> None:
        """Let an allowed request pass.

        Raises:
            ApiError: 403 with RBAC's text.
        """
        if not self.allows(who, asked):
            raise refusal(who, asked)


def _matches(rule: Mapping[str, list[str]], asked: Asked) -> bool:
    verbs = rule["verbs"]
    if "*" not in verbs and asked.verb not in verbs:
        return False
    if not asked.is_resource:
        return any(_path_matches(pattern, asked.path) for pattern in rule.get("nonResourceURLs", ()))
    groups, resources, names = rule.get("apiGroups", ()), rule.get("resources", ()), rule.get("resourceNames", ())
    if "*" not in groups and asked.group not in groups:
        return False
    wanted = f"{asked.plural}/{asked.subresource}" if asked.subresource else asked.plural
    if not {"*", wanted, f"*/{asked.subresource}" if asked.subresource else "*"} & set(resources):
        return False
    return (not names or asked.name in names) and _holds_in(rule, asked.namespace)


def _holds_in(rule: Mapping[str, list[str]], namespace: str) -> bool:
    return "namespaces" not in rule or namespace in rule["namespaces"]


def _path_matches(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def refusal(who: Identity, asked: Asked) -> ApiError:
    """Return the 403 that RBAC answers with."""
    if not asked.is_resource:
        return ApiError(403, "Forbidden", f'forbidden: User "{who.name}" cannot {asked.verb} path "{asked.path}"', {})
    what = f"{asked.plural}/{asked.subresource}" if asked.subresource else asked.plural
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    said = f'User "{who.name}" cannot {asked.verb} resource "{what}" in API group "{asked.group}" {where}'
    return forbidden(asked.plural, asked.group, asked.name, said)


def new_tokens(seed: str = "") -> dict[str, str]:
    """Return a token for each user; with a seed the same ones again, for tests."""
    return {user: f"{user}-{seed or secrets.token_hex(16)}" for user in USERS}


def user_info(who: Identity) -> dict[str, Any]:
    """Return a user as `UserInfo` of authentication.k8s.io/v1."""
    uid = {"uid": who.uid} if who.uid else {}
    return {"username": who.name, **uid, "groups": [*who.groups]}

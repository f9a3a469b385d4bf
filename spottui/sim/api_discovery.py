"""What the embedded API server says about itself: version, groups, kinds; as kubectl and k9s ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from spottui.sim.resources import ALL_VERBS, RESOURCES, Resource

Json = dict[str, Any]

VERSION = "v1.37.2"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
_WRITE = ("get", "patch", "update")
_STREAM = ("create", "get")
_PROXY = ("create", "delete", "get", "patch", "update")
_SUBRESOURCES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "log": ("", "v1", "Pod", ("get",)),
    "exec": ("", "v1", "PodExecOptions", _STREAM),
    "attach": ("", "v1", "PodAttachOptions", _STREAM),
    "portforward": ("", "v1", "PodPortForwardOptions", _STREAM),
    "eviction": ("policy", "v1", "Eviction", ("create",)),
    "binding": ("", "v1", "Binding", ("create",)),
    "scale": ("autoscaling", "v1", "Scale", _WRITE),
}
"""Subresource -> group, version and kind of what it takes, and its verbs; the others take their own kind."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a discovery document."""

    group: str
    version: str
    name: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()


_REVIEWS = (
    Listed("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", False, ("create",)),
    Listed("authorization.k8s.io", "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", True, ("create",)),
    Listed("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", False, ("create",)),
    Listed("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", False, ("create",)),
    Listed("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", False, ("create",)),
)
METRICS = (
    Listed("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", False, ("get", "list")),
    Listed("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", True, ("get", "list")),
)


def _listed(kind: Resource) -> Listed:
    where = (kind.group, kind.version, kind.plural, kind.kind, kind.namespaced)
    verbs = tuple(verb for verb in ALL_VERBS if verb != "deletecollection" or kind.plural != "namespaces")
    return Listed(*where, verbs, kind.short_names, kind.categories, kind.subresources)


class Discovery:
    """Knows every group, version and kind that is served."""

    def __init__(self, version: str = VERSION, *, with_metrics: bool = False) -> None:
        self._all: tuple[Listed, ...] = (*map(_listed, RESOURCES), *_REVIEWS)
        self.version = version
        """Of Kubernetes, such as "v1.37.2"."""
        self.with_metrics = with_metrics
        """Whether metrics.k8s.io is there."""

    def _kinds(self) -> tuple[Listed, ...]:
        return (*self._all, *METRICS) if self.with_metrics else self._all

    def groups(self) -> dict[str, list[str]]:
        """Return the versions of each group but the core one, in the order of the kinds."""
        found: dict[str, list[str]] = {}
        for one in self._kinds():
            if one.group and one.version not in found.setdefault(one.group, []):
                found[one.group].append(one.version)
        return found

    def group(self, name: str) -> Json | None:
        """Return an APIGroup; None where there is none."""
        versions = self.groups().get(name)
        if versions is None:
            return None
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}

    def group_list(self) -> Json:
        """Return the APIGroupList of /apis."""
        groups = [_group(name, versions) for name, versions in self.groups().items()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}

    def resources(self, group: str, version: str) -> Json | None:
        """Return the APIResourceList of one version; None where there is none."""
        kinds = [one for one in self._kinds() if (one.group, one.version) == (group, version)]
        if not kinds:
            return None
        lines = [line for one in kinds for line in _lines(one)]
        head = {"kind": "APIResourceList", "groupVersion": f"{group}/{version}".lstrip("/")}
        return {**head, **({"apiVersion": "v1"} if group else {}), "resources": lines}

    def aggregated(self, version: str, *, core: bool) -> Json:
        """Return all kinds of the core group or of all others as one APIGroupDiscoveryList."""
        groups: dict[str, list[Listed]] = {}
        for one in self._kinds():
            if (one.group == "") is core:
                groups.setdefault(one.group, []).append(one)
        items = [_aggregated_group(name, kinds) for name, kinds in groups.items()]
        head = {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}"}
        return {**head, "metadata": {}, "items": items}

    def versions(self) -> list[tuple[str, str]]:
        """Return every group and version once."""
        return list(dict.fromkeys((one.group, one.version) for one in self._kinds()))

    def openapi(self, group: str, version: str) -> Json | None:
        """Return an OpenAPI v3 document that says no more than that the server validates by itself.

        kubectl looks in it for the query parameter fieldValidation of PATCH, and for nothing else on most commands.
        """
        kinds = [one for one in self._kinds() if (one.group, one.version) == (group, version)]
        if not kinds:
            return None
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        paths: Json = {}
        for one in kinds:
            if "patch" in one.verbs:
                within = "/namespaces/{namespace}" if one.namespaced else ""
                named = {"group": one.group, "version": one.version, "kind": one.kind}
                parameters = [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}]
                patch = {"parameters": parameters, "x-kubernetes-group-version-kind": named, "responses": {}}
                paths[f"{root}{within}/{one.name}/{{name}}"] = {"patch": patch}
        return {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": self.version},
            "paths": paths,
            "components": {"schemas": {}},
        }


def _group(name: str, versions: Iterable[str]) -> Json:
    named = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": named, "preferredVersion": named[0]}


def _lines(one: Listed) -> list[Json]:
    line: Json = {"name": one.name, "singularName": one.kind.lower(), "namespaced": one.namespaced, "kind": one.kind}
    line["verbs"] = [*one.verbs]
    if one.short_names:
        line["shortNames"] = [*one.short_names]
    if one.categories:
        line["categories"] = [*one.categories]
    lines = [line]
    for sub in one.subresources:
        group, version, kind, verbs = _subresource(one, sub)
        other = {"group": group, "version": version} if (group, version) != (one.group, one.version) else {}
        said = {"name": f"{one.name}/{sub}", "singularName": "", "namespaced": one.namespaced, **other}
        lines.append({**said, "kind": kind, "verbs": [*verbs]})
    return lines


def _subresource(one: Listed, sub: str) -> tuple[str, str, str, tuple[str, ...]]:
    if sub == "proxy":
        return "", "v1", f"{one.kind}ProxyOptions", _PROXY
    if sub == "finalize":
        return one.group, one.version, one.kind, ("update",)
    if sub == "log":
        return one.group, one.version, one.kind, ("get",)
    return _SUBRESOURCES.get(sub, (one.group, one.version, one.kind, _WRITE))


def _aggregated_group(name: str, kinds: list[Listed]) -> Json:
    versions: dict[str, list[Json]] = {}
    for one in kinds:
        versions.setdefault(one.version, []).append(_aggregated_kind(one))
    found = [{"version": version, "resources": lines, "freshness": "Current"} for version, lines in versions.items()]
    return {"metadata": {"name": name} if name else {}, "versions": found}


def _aggregated_kind(one: Listed) -> Json:
    line: Json = {
        "resource": one.name,
        "responseKind": {"group": "", "version": "", "kind": one.kind},  # empty: those of the group around it
        "scope": "Namespaced" if one.namespaced else "Cluster",
        "singularResource": one.kind.lower(),
        "verbs": [*one.verbs],
    }
    if one.short_names:
        line["shortNames"] = [*one.short_names]
    if one.categories:
        line["categories"] = [*one.categories]
    subresources = []
    for sub in one.subresources:
        group, version, kind, verbs = _subresource(one, sub)
        response = {"group": group, "version": version, "kind": kind}
        subresources.append({"subresource": sub, "responseKind": response, "verbs": [*verbs]})
    return {**line, "subresources": subresources} if subresources else line


def version_info(version: str) -> Json:
    """Return the answer to /version."""
    minor = version.split(".")[1]
    return {
        "major": "1",
        "minor": minor,
        "emulationMajor": "1",
        "emulationMinor": minor,
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": version,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2026-09-08T00:00:00Z",
        "goVersion": "go1.26.8",
        "compiler": "gc",
        "platform": "linux/arm64",
    }

"""What an AppProject lets its Applications do, in Argo CD's words when it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from spottui.sim.argo_manifest import group_of, kind_of
from spottui.sim.argo_windows import matches
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource

PROJECTS = resource("appprojects", "argoproj.io")
APPLICATIONS = resource("applications", "argoproj.io")
IN_CLUSTER = "https://kubernetes.default.svc"
IN_CLUSTER_NAME = "in-cluster"


def project_of(objects: Objects, app: Object, namespace: str) -> Object | None:
    """Return the AppProject of an Application; `namespace` is Argo CD's own."""
    return without_nulls(objects.find(PROJECTS, namespace, app["spec"].get("project") or "default"))


def app_of(objects: Objects, namespace: str, name: str) -> Object | None:
    """Return an Application as the controller reads it."""
    return without_nulls(objects.find(APPLICATIONS, namespace, name))


def without_nulls(one: Any) -> Any:
    """Return a value without fields that are null: Go's decoder takes them for absent."""
    if isinstance(one, dict):
        return {key: without_nulls(value) for key, value in one.items() if value is not None}
    return [without_nulls(value) for value in one if value is not None] if isinstance(one, list) else one


def sources_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sources of an Application's spec, or of an operation: `sources` wins over `source`."""
    if spec.get("sources"):
        return list(spec["sources"])
    return [spec["source"]] if spec.get("source") else []


def spec_errors(app: Object, project: Object | None, namespace: str) -> list[str]:
    """Return what is not permitted or not complete: the texts of InvalidSpecError conditions."""
    spec, meta = app["spec"], app["metadata"]
    name = spec.get("project") or "default"
    if project is None:
        return [f"Application referencing project {name} which does not exist"]
    elsewhere = meta["namespace"] != namespace
    if elsewhere and not _any((project.get("spec") or {}).get("sourceNamespaces") or (), meta["namespace"]):
        return [
            f"application '{meta['name']}' in namespace '{meta['namespace']}' is not permitted to use project '{name}'"
        ]
    sources = sources_of(spec)
    for source in sources:
        if not source.get("repoURL") or not (source.get("path") or source.get("chart") or source.get("ref")):
            return ["spec.source.repoURL and either spec.source.path or spec.source.chart are required"]
    if not sources:
        return ["spec.source.repoURL and either spec.source.path or spec.source.chart are required"]
    errors = [
        f"application repo {source['repoURL']} is not permitted in project '{name}'"
        for source in sources
        if not _source_permitted(project, source["repoURL"])
    ]
    return errors + _destination_errors(spec, project, name)


def _destination_errors(spec: dict[str, Any], project: Object, name: str) -> list[str]:
    destination = spec.get("destination") or {}
    server, cluster = destination.get("server", ""), destination.get("name", "")
    if server and cluster:
        return [f"application destination can't have both name and server defined: {cluster} {server}"]
    if not server and not cluster:
        return ["Destination server missing from app spec"]
    if cluster and cluster != IN_CLUSTER_NAME:
        return [
            f"application destination spec for {cluster} is invalid: there are no clusters with this name: {cluster}"
        ]
    if server and server != IN_CLUSTER:
        why = f'rpc error: code = NotFound desc = cluster "{server}" not found'
        return [f'error getting cluster by server "{server}": {why}']
    namespace = destination.get("namespace", "")
    if namespace and not destination_permitted(project, namespace):
        return [
            f"application destination server '{IN_CLUSTER}' and namespace '{namespace}' do not match any of the "
            f"allowed destinations in project '{name}'"
        ]
    return []


def destination_permitted(project: Object, namespace: str) -> bool:
    """Tell whether a project's Applications may deploy into a namespace of this cluster."""
    allowed = False
    for destination in (project.get("spec") or {}).get("destinations") or ():
        pattern, server = destination.get("namespace", ""), destination.get("server", "")
        by_server = bool(server) and matches(server.removeprefix("!"), IN_CLUSTER)
        by_name = bool(destination.get("name")) and matches(destination["name"], IN_CLUSTER_NAME)
        if pattern.startswith("!") and (by_server or by_name) and matches(pattern[1:], namespace):
            return False
        if server.startswith("!") and by_server and matches(pattern, namespace):
            return False
        allowed |= (by_server or by_name) and not pattern.startswith("!") and matches(pattern, namespace)
    return allowed


def _source_permitted(project: Object, url: str) -> bool:
    patterns = (project.get("spec") or {}).get("sourceRepos") or ()
    if any(pattern.startswith("!") and _is_repo(pattern[1:], url) for pattern in patterns):
        return False
    return any(_is_repo(pattern, url) for pattern in patterns if not pattern.startswith("!"))


def _is_repo(pattern: str, url: str) -> bool:
    """A star of a repository's pattern stops at a slash, unless it is all there is."""
    if pattern == "*":
        return True
    parts = [re.escape(part) if part not in ("*", "**") else part for part in re.split(r"(\*\*|\*)", pattern)]
    expression = "".join({"*": "[^/]*", "**": ".*"}.get(part, part) for part in parts)
    return re.fullmatch(expression, url.removesuffix(".git")) is not None or re.fullmatch(expression, url) is not None


def refusal(project: Object, one: Object) -> str:
    """Return why an object may not be deployed, as a sync's result says it; empty when it may."""
    kind = kind_of(one)
    if kind is None:
        where = "/".join(part for part in (one["metadata"].get("namespace", ""), one["metadata"]["name"]) if part)
        full = "/".join(part for part in (group_of(one), one["kind"]) if part)
        return (
            f"The Kubernetes API could not find {full} for requested resource {where}. "
            f'Make sure the "{one["kind"]}" CRD is installed on the destination cluster.'
        )
    name = project["metadata"]["name"]
    if not _kind_permitted(project.get("spec") or {}, kind.group, kind.kind, kind.namespaced):
        return f"resource {kind.group}:{kind.kind} is not permitted in project {name}"
    namespace = one["metadata"].get("namespace", "")
    if kind.namespaced and not destination_permitted(project, namespace):
        return f"namespace {namespace} is not permitted in project '{name}'"
    return ""


def _kind_permitted(spec: dict[str, Any], group: str, kind: str, namespaced: bool) -> bool:
    def listed(rules: Iterable[dict[str, str]]) -> bool:
        return any(matches(rule.get("group", ""), group) and matches(rule.get("kind", ""), kind) for rule in rules)

    scope = "namespaceResource" if namespaced else "clusterResource"
    white, black = spec.get(f"{scope}Whitelist"), spec.get(f"{scope}Blacklist") or ()
    if white is None:
        return namespaced and not listed(black)  # cluster-scoped kinds have to be allowed by name
    return listed(white) and not listed(black)


def _any(patterns: Iterable[str], text: str) -> bool:
    return any(matches(pattern, text) for pattern in patterns)

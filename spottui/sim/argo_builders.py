"""Short ways to write Applications, AppProjects and sync windows, for scenarios and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spottui.sim.argo_deletion import FINALIZER
from spottui.sim.argo_projects import IN_CLUSTER
from spottui.sim.objects import Object

API_VERSION = "argoproj.io/v1alpha1"


def application(
    name: str,
    repo: str,
    path: str,
    *,
    destination: str,
    revision: str = "main",
    project: str = "default",
    namespace: str = "argocd",
    auto: bool = False,
    self_heal: bool = False,
    prune: bool = False,
    options: Sequence[str] = (),
    cascade: bool = False,
    annotations: Mapping[str, str] | None = None,
    **spec: Any,
) -> Object:
    """Return an Application.

    Args:
        destination: Namespace that it deploys into.
        namespace: Where the Application itself lies.
        options: Sync options of its policy, e.g. "CreateNamespace=true".
        cascade: What it deployed goes with it when it is deleted.
        spec: Further fields of the spec, e.g. `ignoreDifferences` or `revisionHistoryLimit`.
    """
    meta: Object = {"name": name, "namespace": namespace}
    if cascade:
        meta["finalizers"] = [FINALIZER]
    if annotations:
        meta["annotations"] = dict(annotations)
    return {
        "apiVersion": API_VERSION,
        "kind": "Application",
        "metadata": meta,
        "spec": {
            "project": project,
            "destination": {"server": IN_CLUSTER, "namespace": destination},
            "source": {"repoURL": repo, "path": path, "targetRevision": revision},
            **_policy(auto, self_heal, prune, options),
            **spec,
        },
    }


def _policy(auto: bool, self_heal: bool, prune: bool, options: Sequence[str]) -> dict[str, Any]:
    policy: dict[str, Any] = {"syncOptions": list(options)} if options else {}
    if auto:
        flags = {"selfHeal": self_heal, "prune": prune}
        policy["automated"] = {flag: True for flag, is_set in flags.items() if is_set}
    return {"syncPolicy": policy} if policy else {}


def app_project(
    name: str = "default",
    *,
    namespace: str = "argocd",
    destinations: Sequence[str] = ("*",),
    sources: Sequence[str] = ("*",),
    windows: Sequence[Mapping[str, Any]] = (),
    cluster_kinds: Sequence[str] = ("*",),
    description: str = "",
    **spec: Any,
) -> Object:
    """Return an AppProject.

    Args:
        destinations: Namespaces of this cluster that may be deployed into, as patterns.
        sources: Repositories, as patterns.
        cluster_kinds: Kinds without a namespace that may be deployed, as patterns.
        spec: Further fields of the spec, e.g. `orphanedResources`.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "AppProject",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            **({"description": description} if description else {}),
            "sourceRepos": list(sources),
            "destinations": [{"server": IN_CLUSTER, "namespace": pattern} for pattern in destinations],
            "clusterResourceWhitelist": [{"group": "*", "kind": kind} for kind in cluster_kinds],
            **({"syncWindows": [dict(window) for window in windows]} if windows else {}),
            **spec,
        },
    }


def sync_window(
    kind: str, schedule: str, duration: str, *, applications: Sequence[str] = ("*",), **more: Any
) -> Object:
    """Return a sync window; `more` are further fields, e.g. `manualSync` or `timeZone`."""
    return {"kind": kind, "schedule": schedule, "duration": duration, "applications": list(applications), **more}

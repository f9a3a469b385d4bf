"""Puts objects into a running cluster through its API; knows nothing of how the cluster was started."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from . import manifests
from .api_client import APPLY, STRATEGIC, ApiClient, ApiRefused
from .processes import wait_until
from .toolchain import REPOSITORY

Json = dict[str, Any]


class NoSharedFolder(RuntimeError):
    """Says that the folder with Argo CD's own CRDs is not on this machine."""


def apply(client: ApiClient, what: Path | str | Json, namespace: str = "default") -> list[Json]:
    """Apply a manifest as `kubectl apply --server-side --force-conflicts` would; return the objects.

    Args:
        what: One object, a YAML text of one or more objects, or the path of such a file.
        namespace: For namespaced objects that name none.
    """
    if isinstance(what, dict):
        objects: Iterable[Json] = [what]
    else:
        text = what.read_text() if isinstance(what, Path) else what
        objects = [each for each in yaml.safe_load_all(text) if each]
    return [_apply_one(client, each, namespace) for each in objects]


def _apply_one(client: ApiClient, wanted: Json, namespace: str) -> Json:
    collection = path_of(client, wanted["apiVersion"], wanted["kind"], wanted["metadata"].get("namespace", namespace))
    path = f"{collection}/{wanted['metadata']['name']}"
    return client.patch(path, wanted, APPLY, fieldManager="spottui-tests", force=True)


def path_of(client: ApiClient, api_version: str, kind: str, namespace: str) -> str:
    """Return the path of the collection that objects of this kind live in; asks the server for the plural."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    for resource in client.get(root)["resources"]:
        if resource["kind"] == kind and "/" not in resource["name"]:
            within = f"/namespaces/{namespace}" if resource["namespaced"] else ""
            return f"{root}{within}/{resource['name']}"
    raise LookupError(f"The server has no kind {kind} in {api_version}.")


def create_nodes(client: ApiClient, names: Iterable[str], version: str, architecture: str = "arm64") -> None:
    """Create nodes for kwok to play and wait until they are Ready."""
    names = tuple(names)
    for name in names:
        client.post("/api/v1/nodes", manifests.node(name, architecture, fake=True, version=version))
    for name in names:
        wait_until(lambda name=name: is_ready(client.get(f"/api/v1/nodes/{name}")), f"node {name} is Ready")


def is_ready(thing: Json) -> bool:
    """Say whether a node's or pod's Ready condition is True."""
    conditions = thing.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def create_pods(
    client: ApiClient, count: int, namespace: str, node: str, played: bool, seed: int = 0, threads: int = 16
) -> list[str]:
    """Create pods of about 5 kB that run, from several threads at once; return their names.

    Args:
        played: Whether kwok makes them run; else this function writes their status, as it would.
    """

    def create(index: int) -> str:
        dice = random.Random(f"{seed}/{index}")
        pod = manifests.large_pod(index, node, dice)
        path = f"/api/v1/namespaces/{namespace}/pods"
        client.post(path, pod)
        name = pod["metadata"]["name"]
        if not played:
            client.patch(f"{path}/{name}/status", {"status": _running(pod)}, STRATEGIC)
        return name

    with ThreadPoolExecutor(threads, thread_name_prefix="create-pods") as pool:
        names = list(pool.map(create, range(count)))
    if played:
        pending = {"fieldSelector": "status.phase=Pending", "limit": 1}
        path = f"/api/v1/namespaces/{namespace}/pods"
        wait_until(lambda: not client.get(path, **pending)["items"], f"{count} pods run", timeout=300, every=0.5)
    return names


def _running(pod: Json) -> Json:
    now = "2026-01-01T00:00:00Z"
    ready = [
        {"type": kind, "status": "True", "lastTransitionTime": now}
        for kind in ("Initialized", "Ready", "ContainersReady")
    ]
    state = {"running": {"startedAt": now}}
    containers = [
        {
            "name": each["name"],
            "image": each["image"],
            "imageID": "",
            "ready": True,
            "restartCount": 0,
            "state": state,
        }
        for each in pod["spec"]["containers"]
    ]
    return {"phase": "Running", "startTime": now, "conditions": ready, "containerStatuses": containers}


def shared_folder() -> Path:
    """Return the folder of material that is not part of the project.

    Raises:
        NoSharedFolder: Neither SPOTTUI_SHARED nor `../shared` beside the repository leads to it.
    """
    chosen = os.environ.get("SPOTTUI_SHARED")
    folder = Path(chosen) if chosen else REPOSITORY.parent / "shared"
    if not (folder / "data" / "argocd" / "application-crd.yaml").is_file():
        raise NoSharedFolder(f"Argo CD's CRDs are not in {folder}/data/argocd; SPOTTUI_SHARED can say where.")
    return folder


def install_argo_crds(client: ApiClient) -> None:
    """Install Argo CD's own CRDs and wait until the server serves them.

    Raises:
        NoSharedFolder: They are not on this machine.
    """
    for kind in ("application", "appproject"):
        path = shared_folder() / "data" / "argocd" / f"{kind}-crd.yaml"
        apply(client, path)
        collection = f"/apis/argoproj.io/v1alpha1/{kind}s"
        wait_until(lambda collection=collection: _is_served(client, collection), f"{kind}s are served")
    wait_until(lambda: _are_listed(client), "the kinds are in the server's list of kinds")


def _are_listed(client: ApiClient) -> bool:
    """Say whether discovery has the new kinds; it has them a moment later than they are served."""
    try:
        kinds = {each["kind"] for each in client.get("/apis/argoproj.io/v1alpha1")["resources"]}
    except ApiRefused:
        return False
    return {"Application", "AppProject"} <= kinds


def _is_served(client: ApiClient, collection: str) -> bool:
    try:
        client.get(collection, limit=1)
    except ApiRefused as refused:
        if refused.status in (404, 429, 503):  # a new CRD answers all of these before it works
            return False
        raise
    return True

"""The one-shot commands against a real kube-apiserver: what they say, what they leave, how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from . import manifests
from .argo_status import HEAD, REFRESH
from .control_plane import ControlPlane
from .processes import wait_until

Json = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str
    audit: list[Json]


Spottui = Callable[..., Said]


@pytest.fixture
def spottui(control_plane: ControlPlane, tmp_path: Path) -> Spottui:
    """Return a function that runs spottui as a program, for a user of the cluster, with a home of its own."""
    audit = tmp_path / ".local/state/spottui/audit.jsonl"
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "xterm", "USER": "ana"}

    def run(*words: str, user: str = "operator") -> Said:
        command = [sys.executable, "-m", "spottui", "--kubeconfig", control_plane.kubeconfig(user), *words]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=180)
        lines = audit.read_text().splitlines() if audit.exists() else []
        return Said(done.returncode, done.stdout, done.stderr, [json.loads(line) for line in lines])

    return run


def deploy(plane: ControlPlane, namespace: str, name: str) -> None:
    """Create a Deployment of one pod and wait until it is available."""
    plane.apply(manifests.deployment(name), namespace)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    wait_until(lambda: plane.admin.get(path).get("status", {}).get("availableReplicas", 0) == 1, f"{name} is available")


def application(plane: ControlPlane, namespace: str, name: str) -> None:
    """Create an Application; the stand-in for Argo CD, where it runs, compares it."""
    spec = {
        "project": "default",
        "source": {"repoURL": "https://git.example/robot.git", "path": name, "targetRevision": "main"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
    }
    kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    metadata = {"name": name, "namespace": namespace, "annotations": {REFRESH: "normal"}}
    plane.apply({**kind, "metadata": metadata, "spec": spec}, namespace)


# -- status ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("argo_crds")
def test_status_as_json_has_what_the_readme_promises(
    control_plane: ControlPlane, namespace: str, spottui: Spottui
) -> None:
    deploy(control_plane, namespace, "camera")
    application(control_plane, namespace, "navigation")
    said = spottui("status", "-o", "json", "-n", namespace, user="admin")
    assert (said.status, said.err) == (0, "")
    found = json.loads(said.out)
    assert (found["schema"], found["cluster"]["version"]) == (1, "v1.37.2")
    assert found["cluster"]["round_trip_ms"] > 0
    assert [node["name"] for node in found["nodes"]] == ["node-0"]
    assert found["nodes"][0]["ready"] is True
    assert found["nodes"][0]["cpu_used"] is None
    assert found["workloads"] == {"total": 1, "ready": 1, "not_ready": []}
    assert found["pods"] == {"total": 1, "by_status": {"Running": 1}, "broken": []}
    assert [app["name"] for app in found["applications"]] == ["navigation"]
    assert found["applications"][0]["compared_age_s"] is None
    absent = {kind for kind, access in found["access"].items() if access["state"] != "live"}
    optional = {"shims", "spinapps", "spinappexecutors", "applicationsets"}
    assert absent == optional, "neither wasm operators nor ApplicationSets are installed everywhere"
    assert all(found["access"][kind]["state"] == "absent" for kind in absent)


def test_status_as_text_is_a_page_that_names_the_cluster(
    control_plane: ControlPlane, namespace: str, spottui: Spottui
) -> None:
    deploy(control_plane, namespace, "camera")
    said = spottui("status", "-n", namespace)
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0].startswith("Cluster ")
    assert "v1.37.2" in lines[0]
    assert "Nodes: 1 of 1 ready" in lines
    assert "Pods: 1 (1 Running)" in lines


def test_status_says_what_may_not_be_seen_and_shows_the_rest(
    control_plane: ControlPlane, namespace: str, spottui: Spottui
) -> None:
    control_plane.apply(reader_of_pods(namespace), namespace)
    said = spottui("status", "-n", namespace, user="nobody")
    assert said.status == 0
    assert "Pods: 0" in said.out.splitlines()
    assert "You may not see: nodes, namespaces, deployments," in said.out
    assert "Nodes:" not in said.out
    found = json.loads(spottui("status", "-o", "json", "-n", namespace, user="nobody").out)
    assert (found["nodes"], found["workloads"]) == (None, None)
    assert found["access"]["nodes"]["state"] == "forbidden"
    assert found["access"]["nodes"]["reason"]


def reader_of_pods(namespace: str) -> str:
    """Return a role that lets "nobody" list pods in one namespace."""
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]
    group = "rbac.authorization.k8s.io"
    meta = {"name": "reader", "namespace": namespace}
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": rules}
    subject = {"apiGroup": group, "kind": "User", "name": "nobody"}
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
        "subjects": [subject],
    }
    return "\n---\n".join(json.dumps(each) for each in (role, binding))


def test_a_user_without_any_right_gets_status_4(spottui: Spottui) -> None:
    said = spottui("status", user="nobody")
    assert (said.status, said.out) == (4, "")
    assert "You may not see anything here" in said.err


@pytest.mark.parametrize("words", [("status",), ("restart", "deploy/camera"), ("sync", "navigation")])
def test_a_login_that_is_over_is_status_4(spottui: Spottui, words: tuple[str, ...]) -> None:
    said = spottui(*words, user="expired")
    assert (said.status, said.out) == (4, "")
    assert len(said.err.splitlines()) == 1


# -- restart -----------------------------------------------------------------------------------------------


def test_a_restart_waits_until_the_pods_are_new(control_plane: ControlPlane, namespace: str, spottui: Spottui) -> None:
    deploy(control_plane, namespace, "camera")
    said = spottui("restart", "deploy/camera", "-n", namespace)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("camera: restarted, 1 of 1 pods are new after")
    assert [line["outcome"] for line in said.audit] == ["asked", "asked", "done"]
    assert {line["user"] for line in said.audit} == {"ana"}
    assert said.audit[0]["server"] == control_plane.server


def test_a_restart_that_is_not_waited_for_says_so(
    control_plane: ControlPlane, namespace: str, spottui: Spottui
) -> None:
    deploy(control_plane, namespace, "camera")
    said = spottui("restart", "deployments.apps/camera", "-n", namespace, "--wait", "0")
    assert said.status == 0
    assert "was accepted; not waited for" in said.out
    assert said.audit[-1]["outcome"] == "unknown"
    found = control_plane.admin.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/camera")
    assert "kubectl.kubernetes.io/restartedAt" in found["spec"]["template"]["metadata"]["annotations"]


def test_a_restart_without_the_right_is_status_4_and_sends_nothing(
    control_plane: ControlPlane, namespace: str, spottui: Spottui
) -> None:
    deploy(control_plane, namespace, "camera")
    said = spottui("restart", "deploy/camera", "-n", namespace, user="viewer")
    assert (said.status, said.out, said.audit) == (4, "", [])
    assert "You may not patch" in said.err


def test_a_workload_of_another_namespace_is_pointed_to(
    control_plane: ControlPlane, namespace: str, spottui: Spottui
) -> None:
    deploy(control_plane, namespace, f"only-in-{namespace}")
    said = spottui("restart", f"deploy/only-in-{namespace}", "-n", "default")
    assert said.status == 1
    assert f"There is one in {namespace}; name it with -n." in said.err


# -- sync --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("argo")
def test_a_sync_waits_for_argo_cd(control_plane: ControlPlane, namespace: str, spottui: Spottui) -> None:
    application(control_plane, namespace, "navigation")
    said = spottui("sync", f"{namespace}/navigation")
    assert said.status == 0
    assert said.out.startswith("navigation")
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications/navigation"
    state = control_plane.admin.get(path)["status"]["operationState"]
    assert state["phase"] == "Succeeded"
    assert state["operation"]["initiatedBy"]["username"].startswith("spottui:ana@")
    assert said.audit[-1]["outcome"] == "done"


@pytest.mark.usefixtures("argo")
@pytest.mark.parametrize("word", ["--dry-run", "--prune"])
def test_prune_and_dry_run_are_actions_of_their_own(
    control_plane: ControlPlane, namespace: str, spottui: Spottui, word: str
) -> None:
    application(control_plane, namespace, "navigation")
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications/navigation"
    wait_until(lambda: control_plane.admin.get(path).get("status", {}).get("sync"), "it is compared")
    said = spottui("sync", f"{namespace}/navigation", word, "--revision", HEAD)
    assert said.status == 0
    sent = said.audit[1]["request"]["body"]["operation"]["sync"]
    assert sent["revision"] == HEAD
    assert sent["dryRun" if word == "--dry-run" else "prune"] is True


@pytest.mark.usefixtures("argo_crds")
def test_an_ambiguous_application_is_refused_with_its_full_names(
    control_plane: ControlPlane, namespace: str, spottui: Spottui
) -> None:
    other = control_plane.create_namespace()
    name = f"nav-{namespace}"
    for place in (namespace, other):
        application(control_plane, place, name)
    said = spottui("sync", name)
    assert (said.status, said.audit) == (2, [])
    assert f"{namespace}/{name}" in said.err
    assert f"{other}/{name}" in said.err
    assert spottui("sync", f"{name[:-1]}x").err.count("Did you mean") == 1
    control_plane.admin.delete(f"/api/v1/namespaces/{other}")


# -- doctor ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("argo_crds")
def test_the_doctor_finds_a_healthy_cluster_healthy(spottui: Spottui) -> None:
    said = spottui("doctor", user="admin")
    assert (said.status, said.err) == (0, "")
    states = {line.split(":")[0][6:]: line[:4].strip() for line in said.out.splitlines() if line[:1] != " "}
    assert states["server"] == states["clocks"] == states["read pods"] == states["may restart Deployment"] == "ok"
    assert states["metrics"] == "warn"
    assert "fail" not in states.values()


def test_the_doctor_names_rights_that_are_missing(spottui: Spottui) -> None:
    said = spottui("doctor", user="viewer")
    assert said.status == 0
    assert "warn  may restart Deployment: You may not patch" in said.out

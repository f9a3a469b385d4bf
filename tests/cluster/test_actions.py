"""Every act against a real kube-apiserver: what it sends is taken, and what it says is what happened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from spottui.actions.objects import patch, path_of
from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.errors import Conflict, Forbidden, LoginExpired, NotFound, SpottuiError
from spottui.records import Target

from . import manifests
from .acting import USER, Operator, bare_pod, create, pods, rolled_out, target_of, workload
from .api_client import MERGE
from .argo_controller import ArgoController
from .argo_status import FAILS, HEAD, TAKES
from .contents import is_ready
from .control_plane import ControlPlane
from .processes import wait_until

# -- workloads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
async def test_a_restart_gives_new_pods_and_says_so(
    control_plane: ControlPlane, namespace: str, operator: Operator, kind: str
) -> None:
    target = create(control_plane, namespace, workload(kind, "cam"))
    wait_until(lambda: any(map(is_ready, pods(control_plane, namespace, "cam"))), "the first pod is ready")
    before = {pod["metadata"]["uid"] for pod in pods(control_plane, namespace, "cam")}
    said = await operator.perform("workload.restart", target)
    assert said.startswith("cam: restarted, 1 of 1 pods are new after")
    after = {pod["metadata"]["uid"] for pod in pods(control_plane, namespace, "cam")}
    assert after and not after & before
    assert [line["outcome"] for line in operator.lines] == ["asked", "asked", "done"]


async def test_two_restarts_at_once_are_two_rollouts(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    rolled_out(control_plane, target, 1)
    await operator.perform("workload.restart", target)
    first = control_plane.admin.get(path_of(target))["metadata"]["generation"]
    await operator.perform("workload.restart", target)
    assert control_plane.admin.get(path_of(target))["metadata"]["generation"] == first + 1


async def test_a_restart_leaves_an_event_that_kubectl_shows(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    rolled_out(control_plane, target, 1)
    said = await operator.perform("workload.restart", target)
    path = f"/api/v1/namespaces/{namespace}/events"
    (event,) = control_plane.admin.get(path, fieldSelector="reason=SpottuiRestart")["items"]
    assert event["involvedObject"]["uid"] == target.uid and event["message"] == f"{USER}: {said}"
    assert event["source"]["component"] == "spottui"


async def test_a_paused_deployment_is_not_restarted(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    found = workload("Deployment", "cam")
    found["spec"]["paused"] = True
    target = create(control_plane, namespace, found)
    with pytest.raises(SpottuiError, match="is paused"):
        await operator.perform("workload.restart", target)
    assert operator.lines == []


async def test_a_workload_made_anew_under_its_name_is_not_hit(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    old = create(control_plane, namespace, workload("Deployment", "cam"))
    control_plane.admin.delete(path_of(old))
    new = create(control_plane, namespace, workload("Deployment", "cam"))
    with pytest.raises(NotFound, match="is another one now"):
        await operator.perform("workload.restart", old)
    assert new.uid != old.uid and operator.lines == []


async def test_the_server_itself_refuses_a_patch_for_another_uid(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    body = {"metadata": {"uid": "00000000-0000-0000-0000-000000000000", "annotations": {"x": "1"}}}
    with pytest.raises(NotFound, match="is another one now"):
        await patch(operator.services, target, body, MERGE)
    assert "x" not in control_plane.admin.get(path_of(target))["metadata"].get("annotations", {})


async def test_a_restart_without_its_runtime_class_fails_with_the_servers_words(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    found = manifests.deployment("filter", runtimeClassName="wasmtime-spin-v2")
    target = create(control_plane, namespace, found)
    with pytest.raises(SpottuiError, match=r'no new pod can be made: .*RuntimeClass "wasmtime-spin-v2" not found'):
        await operator.perform("workload.restart", target)
    assert operator.outcome == "failed"


async def test_a_daemon_set_without_its_runtime_class_tells_it_from_its_events(
    control_plane: ControlPlane, namespace: str, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spottui.actions.workloads.WATCHED_FOR", 6.0)
    found = workload("DaemonSet", "filter")
    found["spec"]["template"]["spec"]["runtimeClassName"] = "wasmtime-spin-v2"
    said = await operator.perform("workload.restart", create(control_plane, namespace, found))
    assert isinstance(said, Unfinished) and 'RuntimeClass "wasmtime-spin-v2" not found' in said


async def test_a_rollout_that_crashes_tells_what_its_newest_pod_says(
    control_plane: ControlPlane, namespace: str, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spottui.actions.workloads.WATCHED_FOR", 10.0)
    found = manifests.deployment("cam", annotations={"spottui.test/stage": "crash"})
    said = await operator.perform("workload.restart", create(control_plane, namespace, found))
    assert isinstance(said, Unfinished) and "the newest: " in said and "CrashLoopBackOff" in said


async def test_many_are_restarted_after_one_question(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    targets = [create(control_plane, namespace, workload("Deployment", f"d{i}")) for i in range(6)]
    for target in targets:
        rolled_out(control_plane, target, 1)
    gone = targets[3]
    control_plane.admin.delete(path_of(gone))
    said = await operator.runner.perform_many(by_id("workload.restart"), targets, operator._confirm)
    assert said.startswith("5 of 6 restarted; 1 failed: d3: ") and len(operator.questions) == 1
    assert len({line["id"] for line in operator.lines}) == 6


# -- pods ------------------------------------------------------------------------------------------------


async def test_a_pod_of_a_deployment_is_restarted(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    rolled_out(control_plane, create(control_plane, namespace, workload("Deployment", "cam")), 1)
    (pod,) = pods(control_plane, namespace, "cam")
    said = await operator.perform("pod.restart", target_of(pod, "Pod"))
    (new,) = pods(control_plane, namespace, "cam")
    assert new["metadata"]["uid"] != pod["metadata"]["uid"]
    assert said.startswith(f"{pod['metadata']['name']}: deleted; the newest pod of ReplicaSet cam-")
    assert new["metadata"]["name"] in said


async def test_a_pod_of_a_stateful_set_comes_back_under_its_name(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    create(control_plane, namespace, workload("StatefulSet", "cam"))
    wait_until(lambda: any(map(is_ready, pods(control_plane, namespace, "cam"))), "cam-0 is ready")
    (pod,) = pods(control_plane, namespace, "cam")
    said = await operator.perform("pod.restart", target_of(pod, "Pod"))
    assert said.startswith("cam-0: deleted; the newest pod of StatefulSet cam is cam-0: ")


async def test_a_bare_pod_is_not_restarted_but_deleted_for_good(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    target = create(control_plane, namespace, bare_pod("tool"))
    with pytest.raises(SpottuiError, match="has no controller"):
        await operator.perform("pod.restart", target)
    assert operator.lines == []
    said = await operator.perform("pod.delete", target)
    assert said.startswith("tool: deleted in ") and not control_plane.admin.exists(path_of(target))
    assert operator.questions[0].typed == "tool"
    assert "It has no controller: nothing will make it again" in operator.questions[0].text


async def test_the_server_itself_refuses_to_delete_another_pod_of_the_same_name(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    target = create(control_plane, namespace, bare_pod("tool"))
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "another"}}
    with pytest.raises(Conflict):
        await operator.api.request("DELETE", path_of(target), body=body)
    assert control_plane.admin.exists(path_of(target))


# -- rights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["workload.restart", "pod.delete"])
async def test_who_may_only_look_sends_nothing(
    control_plane: ControlPlane, namespace: str, login: Callable[[str], Operator], action: str
) -> None:
    viewer = login("viewer")
    found = workload("Deployment", "cam") if action == "workload.restart" else bare_pod("tool")
    target = create(control_plane, namespace, found)
    with pytest.raises(Forbidden, match=f"You may not .* in namespace {namespace}"):
        await viewer.perform(action, target)
    assert viewer.lines == [] and viewer.questions == []


async def test_an_expired_login_is_said_and_nothing_is_sent(
    control_plane: ControlPlane, namespace: str, login: Callable[[str], Operator]
) -> None:
    expired = login("expired")
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    with pytest.raises(LoginExpired):
        await expired.perform("workload.restart", target)
    assert expired.lines == []


# -- Argo CD ---------------------------------------------------------------------------------------------


def an_application(plane: ControlPlane, namespace: str, **annotations: str) -> Target:
    found = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "perception", "annotations": annotations},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "source": {"repoURL": "https://git.invalid/r.git", "path": "p", "targetRevision": "main"},
            "syncPolicy": {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 1}},
        },
    }
    return create(plane, namespace, found)


async def test_a_sync_runs_and_says_to_which_revision(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    target = an_application(control_plane, namespace)
    said = await operator.perform("application.sync", target)
    assert said.startswith(f"perception: synced to {HEAD[:7]} in ")
    state = control_plane.admin.get(path_of(target))["status"]["operationState"]
    assert state["operation"]["initiatedBy"]["username"] == USER
    assert state["operation"]["sync"]["syncOptions"] == ["CreateNamespace=true"]
    assert state["operation"]["retry"] == {"limit": 1}
    assert operator.outcome == "done"


async def test_a_sync_to_a_revision_and_a_dry_run(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    target = an_application(control_plane, namespace)
    await operator.perform("application.refresh", target)
    dry = await operator.perform("application.sync-dry-run", target, prune=True)
    assert dry.endswith("nothing was changed.")
    assert "history" not in control_plane.admin.get(path_of(target))["status"]
    assert (await operator.perform("application.sync", target, revision="v1.2")).startswith(
        "perception: synced to v1.2 in "
    )


async def test_a_sync_with_pruning_is_sent_as_such(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    target = an_application(control_plane, namespace)
    with pytest.raises(SpottuiError, match="not compared with git now"):
        await operator.perform("application.sync-prune", target)
    await operator.perform("application.refresh", target)
    await operator.perform("application.sync-prune", target)
    state = control_plane.admin.get(path_of(target))["status"]["operationState"]
    assert state["operation"]["sync"]["prune"] is True


async def test_a_sync_that_fails_says_why(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    target = an_application(control_plane, namespace, **{FAILS: "one or more objects failed to apply"})
    with pytest.raises(SpottuiError, match="sync failed: one or more objects failed to apply"):
        await operator.perform("application.sync", target)
    assert operator.outcome == "failed"


async def test_a_second_operator_is_told_of_the_operation_in_progress(
    control_plane: ControlPlane,
    namespace: str,
    operator: Operator,
    login: Callable[[str], Operator],
    argo: ArgoController,
) -> None:
    target = an_application(control_plane, namespace, **{TAKES: "3"})
    first = asyncio.create_task(operator.perform("application.sync", target))
    deadline = time.monotonic() + 10
    while not (await asyncio.to_thread(control_plane.admin.get, path_of(target))).get("operation"):
        assert time.monotonic() < deadline, "the operation was not set"
    other = login("admin")
    with pytest.raises(SpottuiError, match=f"an operation of {USER} is in progress"):
        await other.perform("application.sync", target)
    assert "synced" in await first and other.lines == []


async def test_a_sync_that_a_window_of_the_project_forbids_is_not_sent(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "24h", "applications": ["*"]}
    project = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"}}
    create(control_plane, namespace, {**project, "spec": {"syncWindows": [window]}})
    target = an_application(control_plane, namespace)
    with pytest.raises(SpottuiError, match="No sync runs: the deny window"):
        await operator.perform("application.sync", target)
    assert operator.lines == [] and "operation" not in control_plane.admin.get(path_of(target))


@pytest.mark.parametrize("name", ["refresh", "hard-refresh"])
async def test_a_refresh_waits_for_the_comparison(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController, name: str
) -> None:
    target = an_application(control_plane, namespace)
    said = await operator.perform(f"application.{name}", target)
    assert said == f"perception: refreshed; OutOfSync at {HEAD[:7]}." and operator.questions == []


async def test_without_a_controller_the_operation_is_called_pending_and_the_end_unknown(
    control_plane: ControlPlane,
    namespace: str,
    operator: Operator,
    argo_crds: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("spottui.actions.argocd_results.WATCHED_FOR", 7.0)
    target = an_application(control_plane, namespace)
    with pytest.raises(SpottuiError, match="Argo CD has not picked it up"):
        await operator.perform("application.sync", target)
    assert operator.outcome == "unknown" and "has not picked it up" in operator.told[0]


async def test_who_may_only_look_syncs_and_refreshes_nothing(
    control_plane: ControlPlane, namespace: str, login: Callable[[str], Operator], argo_crds: None
) -> None:
    viewer = login("viewer")
    target = an_application(control_plane, namespace)
    for name in ("sync", "sync-prune", "sync-dry-run", "refresh", "hard-refresh"):
        with pytest.raises(Forbidden, match=r"You may not patch .*applications\.argoproj\.io"):
            await viewer.perform(f"application.{name}", target)
    assert viewer.lines == [] and "operation" not in control_plane.admin.get(path_of(target))

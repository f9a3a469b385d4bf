"""The acts on workloads against a real kube-apiserver and its controllers; kubectl is the oracle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spottui.actions.objects import patch, path_of, read
from spottui.actions.rollout_history import current_number, history, plain_template
from spottui.actions.scale import BEFORE_STOP
from spottui.actions.services import Services, Unfinished
from spottui.app_views import saver
from spottui.errors import Conflict, Forbidden, NotFound, SpottuiError
from spottui.records import Target

from . import manifests
from .acting import Operator, bare_pod, create, pods, rolled_out, target_of, workload
from .api_client import MERGE, STRATEGIC
from .asking import kubectl
from .contents import is_ready
from .control_plane import ControlPlane
from .processes import wait_until

Json = dict[str, Any]
Login = Callable[[str], Operator]


@pytest.fixture
def admin(login: Login) -> Operator:
    """Return an operator who may do everything."""
    return login("admin")


def cli(plane: ControlPlane, namespace: str, *arguments: str) -> str:
    """Run kubectl as admin and return what it printed."""
    done = kubectl(plane.kubeconfig("admin"), "-n", namespace, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def settled(plane: ControlPlane, target: Target, image: str) -> None:
    """Wait until the workload's pods have this image and are ready."""

    def ready() -> bool:
        found = pods(plane, target.namespace, target.name)
        return bool(found) and all(is_ready(pod) and pod["spec"]["containers"][0]["image"] == image for pod in found)

    wait_until(ready, f"the pods of {target} run {image}")


def with_history(plane: ControlPlane, namespace: str, kind: str, name: str) -> Target:
    """Return a workload that had the images x:1, x:2 and has x:3, with causes."""
    target = create(plane, namespace, workload(kind, name))
    path = path_of(target)
    for number in (1, 2, 3):
        container = {"name": name, "image": f"example.invalid/x:{number}"}
        body = {
            "metadata": {"annotations": {"kubernetes.io/change-cause": f"try {number}"}},
            "spec": {"template": {"spec": {"containers": [container]}}},
        }
        plane.admin.patch(path, body, STRATEGIC)
        settled(plane, target, f"example.invalid/x:{number}")
    return target


# -- scale -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
async def test_a_workload_is_scaled_by_its_scale_subresource(
    control_plane: ControlPlane, namespace: str, operator: Operator, kind: str
) -> None:
    target = create(control_plane, namespace, workload(kind, "cam"))
    said = await operator.perform("workload.scale", target, replicas=3)
    assert said.startswith("cam: scaled to 3, 3 of 3 pods are ready after ")
    assert len(pods(control_plane, namespace, "cam")) == 3
    assert cli(control_plane, namespace, "get", f"{kind}/cam", "-o", "jsonpath={.spec.replicas}") == "3"


async def test_the_server_refuses_a_scale_that_was_read_before_another_write(
    control_plane: ControlPlane, namespace: str, admin: Operator
) -> None:
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    old = await read(admin.api, f"{path_of(target)}/scale")
    control_plane.admin.patch(path_of(target), {"metadata": {"labels": {"x": "1"}}})
    meta = {"uid": old["metadata"]["uid"], "resourceVersion": old["metadata"]["resourceVersion"]}
    with pytest.raises(Conflict):
        await patch(admin.services, target, {"metadata": meta, "spec": {"replicas": 9}}, MERGE, "scale")
    assert control_plane.admin.get(path_of(target))["spec"]["replicas"] == 1


async def test_a_workload_made_anew_under_its_name_is_not_scaled(
    control_plane: ControlPlane, namespace: str, admin: Operator
) -> None:
    old = create(control_plane, namespace, workload("Deployment", "cam"))
    control_plane.admin.delete(path_of(old))
    create(control_plane, namespace, workload("Deployment", "cam"))
    with pytest.raises(NotFound, match="is another one now"):
        await admin.perform("workload.scale", old, replicas=4)
    assert admin.lines == []


async def test_stop_and_start_bring_the_same_count_back(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    found = workload("Deployment", "cam")
    found["spec"]["replicas"] = 2
    target = create(control_plane, namespace, found)
    rolled_out(control_plane, target, 2)
    assert (await operator.perform("workload.stop", target)).startswith("cam: stopped; no pod of it is left")
    stopped = control_plane.admin.get(path_of(target))
    assert stopped["spec"]["replicas"] == 0 and stopped["metadata"]["annotations"][BEFORE_STOP] == "2"
    assert (await operator.perform("workload.start", target)).startswith("cam: started, 2 of 2 pods are ready")
    assert BEFORE_STOP not in control_plane.admin.get(path_of(target))["metadata"]["annotations"]


async def test_a_viewer_scales_nothing(control_plane: ControlPlane, namespace: str, login: Login) -> None:
    viewer = login("viewer")
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    with pytest.raises(Forbidden, match=r"You may not patch .*deployments\.apps/scale"):
        await viewer.perform("workload.scale", target, replicas=3)
    assert viewer.lines == []


# -- pause, resume, image --------------------------------------------------------------------------------


async def test_a_pause_holds_a_new_image_until_it_is_resumed(
    control_plane: ControlPlane, namespace: str, admin: Operator
) -> None:
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    rolled_out(control_plane, target, 1)
    await admin.perform("workload.pause", target)
    said = await admin.perform("workload.set-image", target, image=":2.0")
    assert said == "cam: the image of cam is example.invalid/cam:2.0; it is rolled out when cam is resumed."
    (pod,) = pods(control_plane, namespace, "cam")
    assert pod["spec"]["containers"][0]["image"] == "example.invalid/cam:1.0"
    assert (await admin.perform("workload.resume", target)).startswith("cam: resumed, 1 of 1 pods are new")
    (pod,) = pods(control_plane, namespace, "cam")
    assert pod["spec"]["containers"][0]["image"] == "example.invalid/cam:2.0"


# -- history and undo ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
async def test_the_revisions_are_those_of_kubectl_rollout_history(
    control_plane: ControlPlane, namespace: str, admin: Operator, kind: str
) -> None:
    target = with_history(control_plane, namespace, kind, "cam")
    found = await history(admin.services, await read(admin.api, path_of(target)))
    told = cli(control_plane, namespace, "rollout", "history", f"{kind}/cam").strip().splitlines()
    expected = [tuple(line.split(None, 1)) for line in told[2:]]
    assert sorted((str(one.number), one.cause or "<none>") for one in found) == sorted(expected)
    assert current_number(control_plane.admin.get(path_of(target)), found) == found[0].number


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
async def test_an_undo_leaves_what_kubectl_rollout_undo_leaves(
    control_plane: ControlPlane, namespace: str, admin: Operator, kind: str
) -> None:
    ours = with_history(control_plane, namespace, kind, "ours")
    theirs = with_history(control_plane, namespace, kind, "theirs")
    revisions = await history(admin.services, await read(admin.api, path_of(ours)))
    (wanted,) = [one.number for one in revisions if one.images == "example.invalid/x:1"]
    cli(control_plane, namespace, "rollout", "undo", f"{kind}/theirs", f"--to-revision={wanted}")
    said = await admin.perform("workload.undo", ours, revision=wanted)
    assert said.startswith("ours: undone, 1 of 1 pods are new")
    question = admin.questions[0]
    assert question.typed == "ours"
    assert any("+" in line[:1] and "example.invalid/x:1" in line for line in question.lines)
    assert any("-" in line[:1] and "example.invalid/x:3" in line for line in question.lines)
    settled(control_plane, theirs, "example.invalid/x:1")
    mine, other = (json.loads(_renamed(control_plane.admin.get(path_of(one)), one.name)) for one in (ours, theirs))
    assert mine["spec"] == other["spec"]
    assert mine["metadata"].get("annotations") == other["metadata"].get("annotations")
    told = [cli(control_plane, namespace, "rollout", "history", f"{kind}/{name}") for name in ("ours", "theirs")]
    assert told[0].replace("ours", "") == told[1].replace("theirs", "")


def _renamed(found: Json, name: str) -> str:
    return json.dumps(found, sort_keys=True).replace(name, "NAME")


async def test_the_revision_that_runs_cannot_be_undone_to_as_kubectl_skips_it(
    control_plane: ControlPlane, namespace: str, admin: Operator
) -> None:
    target = with_history(control_plane, namespace, "Deployment", "cam")
    found = await history(admin.services, await read(admin.api, path_of(target)))
    newest = found[0].number
    told = cli(control_plane, namespace, "rollout", "undo", "deployment/cam", f"--to-revision={newest}")
    assert "skipped rollback" in told
    with pytest.raises(SpottuiError, match=f"has the template of revision {newest} already"):
        await admin.perform("workload.undo", target, revision=newest)
    assert admin.lines == []


# -- jobs ------------------------------------------------------------------------------------------------


def cron_job(name: str) -> Json:
    containers = [{"name": "main", "image": "example.invalid/x:1", "env": [{"name": "A", "value": "1"}]}]
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"restartPolicy": "Never", "containers": containers}}
    template = {
        "metadata": {"labels": {"app": name}, "annotations": {"team": "robot"}},
        "spec": {"backoffLimit": 2, "template": pod},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name},
        "spec": {"schedule": "0 3 1 1 *", "jobTemplate": template},
    }


def comparable(job: Json) -> Json:
    """Return a Job without what differs between any two."""
    text = json.dumps({name: job[name] for name in ("metadata", "spec")})
    for own in (job["metadata"]["name"], job["metadata"]["uid"]):
        text = text.replace(own, "OWN")
    found = json.loads(text)
    for name in ("creationTimestamp", "resourceVersion", "managedFields", "generation"):
        found["metadata"].pop(name, None)
    return found


async def test_a_trigger_makes_what_kubectl_create_job_makes(
    control_plane: ControlPlane, namespace: str, admin: Operator
) -> None:
    target = create(control_plane, namespace, cron_job("nightly"))
    said = await admin.perform("cronjob.trigger", target)
    cli(control_plane, namespace, "create", "job", "theirs", "--from=cronjob/nightly")
    jobs = {one["metadata"]["name"]: one for one in control_plane.admin.get(f"/apis/batch/v1/namespaces/{namespace}/jobs")["items"]}  # noqa: E501  # fmt: skip
    (name,) = set(jobs) - {"theirs"}
    assert f"Job {name} " in said
    assert comparable(jobs[name]) == comparable(jobs["theirs"])


async def test_a_cron_job_is_suspended_and_resumed(
    control_plane: ControlPlane, namespace: str, admin: Operator
) -> None:
    target = create(control_plane, namespace, cron_job("nightly"))
    await admin.perform("cronjob.suspend", target)
    assert cli(control_plane, namespace, "get", "cronjob/nightly", "-o", "jsonpath={.spec.suspend}") == "true"
    await admin.perform("cronjob.resume", target)
    assert cli(control_plane, namespace, "get", "cronjob/nightly", "-o", "jsonpath={.spec.suspend}") == "false"


async def test_a_job_runs_again_beside_the_old_one(
    control_plane: ControlPlane, namespace: str, admin: Operator
) -> None:
    template = cron_job("cal")["spec"]["jobTemplate"]
    target = create(
        control_plane,
        namespace,
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "cal"}, "spec": template["spec"]},
    )
    said = await admin.perform("job.rerun", target)
    found = control_plane.admin.get(f"/apis/batch/v1/namespaces/{namespace}/jobs")["items"]
    (new,) = [one for one in found if one["metadata"]["name"] != "cal"]
    assert new["metadata"]["name"] in said
    old = control_plane.admin.get(path_of(target))
    assert new["spec"]["selector"] != old["spec"]["selector"]
    assert new["spec"]["template"]["spec"] == old["spec"]["template"]["spec"]


# -- deletion, duplicate, debug --------------------------------------------------------------------------


async def test_a_deployment_is_deleted_with_its_pods(
    control_plane: ControlPlane, namespace: str, admin: Operator
) -> None:
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    rolled_out(control_plane, target, 1)
    said = await admin.perform("workload.delete", target)
    assert said.startswith("cam: deleted with all its pods in ")
    assert not control_plane.admin.exists(path_of(target)) and not pods(control_plane, namespace, "cam")


async def test_a_pod_is_deleted_by_force_at_once(control_plane: ControlPlane, namespace: str, admin: Operator) -> None:
    found = bare_pod("tool")
    found["metadata"]["finalizers"] = []
    target = create(control_plane, namespace, found)
    assert await admin.perform("pod.force-delete", target) == "tool: deleted in 0 s."
    assert not control_plane.admin.exists(path_of(target))


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod"])
async def test_the_yaml_of_a_duplicate_is_taken_under_another_name(
    control_plane: ControlPlane, namespace: str, admin: Operator, tmp_path: Path, kind: str
) -> None:
    made = {
        "CronJob": cron_job("cam"),
        "Job": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "cam"}, "spec": cron_job("cam")["spec"]["jobTemplate"]["spec"]},  # noqa: E501
        "Pod": bare_pod("cam"),
    }  # fmt: skip
    target = create(control_plane, namespace, made.get(kind) or workload(kind, "cam"))
    services: Services = replace(admin.services, save=saver(tmp_path, lambda: 0.0, ".yaml"))
    admin.runner._services = services
    await admin.perform("workload.duplicate", target)
    (path,) = (tmp_path / "views").iterdir()
    path.write_text(path.read_text().replace("name: cam\n", "name: twin\n", 1))
    cli(control_plane, namespace, "create", "-f", str(path), "--dry-run=server", "--validate=strict")
    cli(control_plane, namespace, "create", "-f", str(path))
    twin = replace_name(target, "twin")
    mine, other = (control_plane.admin.get(path_of(one)) for one in (target, twin))
    if kind in ("Deployment", "StatefulSet", "DaemonSet"):
        assert plain_template(mine["spec"]["template"]) == plain_template(other["spec"]["template"])


def replace_name(target: Target, name: str) -> Target:
    return Target(kind=target.kind, namespace=target.namespace, name=name, uid="")


async def test_the_server_takes_the_debug_container(
    control_plane: ControlPlane, namespace: str, admin: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spottui.actions.debug.WATCHED_FOR", 2.0)
    rolled_out(control_plane, create(control_plane, namespace, workload("Deployment", "cam")), 1)
    (pod,) = pods(control_plane, namespace, "cam")
    target = target_of(pod, "Pod")
    said = await admin.perform("pod.debug", target, image="busybox:1.37")
    assert isinstance(said, Unfinished) and "was added but does not run after 2 s" in said  # kwok reports none
    (added,) = control_plane.admin.get(path_of(target))["spec"]["ephemeralContainers"]
    assert added["image"] == "busybox:1.37" and added["targetContainerName"] == "cam" and added["tty"]
    body = {"metadata": {"uid": "00000000-0000-0000-0000-000000000000"}, "spec": {"ephemeralContainers": []}}
    with pytest.raises((NotFound, Conflict)):
        await patch(admin.services, target, body, STRATEGIC, "ephemeralcontainers")


async def test_a_self_healing_application_is_named_in_the_question(
    control_plane: ControlPlane, namespace: str, admin: Operator, argo_crds: None
) -> None:
    found = manifests.deployment("cam")
    found["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": f"perc-{namespace}:apps/Deployment:{namespace}/cam"}  # noqa: E501  # fmt: skip
    target = create(control_plane, namespace, found)
    app = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": f"perc-{namespace}"},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "source": {"repoURL": "https://git.invalid/r.git", "path": "p"},
            "syncPolicy": {"automated": {"selfHeal": True}},
        },
        "status": {
            "resources": [
                {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": namespace, "name": "cam"}
            ]
        },
    }
    create(control_plane, namespace, app)
    await admin.perform("workload.pause", target)
    assert f"The Application perc-{namespace} heals itself" in admin.questions[0].text

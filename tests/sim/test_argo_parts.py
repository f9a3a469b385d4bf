"""The parts of the embedded Argo CD by themselves: comparing and applying, health, git and the repo-server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.sim.argo_compare import differs
from spottui.sim.argo_git import Git
from spottui.sim.argo_health import ORDER, health, worst
from spottui.sim.argo_manifest import prepared, tracked_by
from spottui.sim.argo_merge import applied, with_last_applied
from spottui.sim.argo_projects import destination_permitted, spec_errors
from spottui.sim.argo_repo import RepoError, RepoServer
from spottui.sim.objects import Object, copy_of
from spottui.sim.story_clock import StoryClock
from tests.sim.argo_bench import REPO, config_map, deployment

SCALARS = st.one_of(st.integers(-3, 3), st.booleans(), st.sampled_from(["", "a", "b"]))
NAMES = st.sampled_from(["a", "b", "env", "ports", "containers", "args"])
ITEMS = st.fixed_dictionaries({"name": st.sampled_from("xyz")}, optional={"value": SCALARS, "port": st.integers(1, 3)})
VALUES = st.recursive(
    SCALARS | st.lists(ITEMS, max_size=3, unique_by=lambda item: item["name"]),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)
SPECS = st.dictionaries(NAMES, VALUES, max_size=4)


def _object(spec: dict[str, Any]) -> Object:
    return {"apiVersion": "x/v1", "kind": "Thing", "metadata": {"name": "t", "annotations": {"k": "v"}}, "spec": spec}


@settings(max_examples=40, deadline=None)
@given(SPECS, SPECS)
def test_what_was_applied_is_in_sync_and_applying_it_again_changes_nothing(live: Any, target: Any) -> None:
    before, wanted = _object(live), _object(target)
    kept = copy_of(before)
    made = applied(before, wanted)
    assert not differs(made, wanted, [])
    assert applied(made, wanted) == made
    assert before == kept, "the live object is not written into"


@settings(max_examples=40, deadline=None)
@given(SPECS, SPECS)
def test_a_change_of_the_manifest_takes_away_what_the_old_one_had_set(old: Any, new: Any) -> None:
    first, second = _object(old), _object(new)
    live = with_last_applied(first, first)
    after = applied(live, second)
    assert set(after["spec"]) == set(new)


def test_fields_and_list_items_that_others_added_are_left_alone() -> None:
    target = prepared("nav", deployment("planner"), "nav")
    live = with_last_applied(copy_of(target), target)
    pod = live["spec"]["template"]["spec"]
    pod["containers"][0]["terminationMessagePath"] = "/dev/termination-log"
    pod["containers"].insert(0, {"name": "sidecar", "image": "mesh:1"})
    live["spec"]["progressDeadlineSeconds"] = 600
    assert not differs(live, target, [])
    other = prepared("nav", deployment("planner", "registry/nav:2"), "nav")
    assert differs(live, other, [])
    images = [each["image"] for each in applied(live, other)["spec"]["template"]["spec"]["containers"]]
    assert images == ["mesh:1", "registry/nav:2"]


def test_a_tracking_id_that_was_copied_to_another_object_counts_for_nothing() -> None:
    made = prepared("nav", deployment("planner"), "nav")
    assert tracked_by(made) == "nav"
    copied = {**made, "kind": "ReplicaSet", "metadata": {**made["metadata"], "name": "planner-1"}}
    assert tracked_by(copied) == ""


def test_secrets_are_compared_in_the_form_that_is_stored() -> None:
    secret: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}
    made = prepared("nav", secret, "nav")
    assert made["data"] == {"a": "Yg=="}
    assert "stringData" not in made


# -- health ----------------------------------------------------------------------------------------


def _of(kind: str, spec: Any, status: Any, api: str = "apps/v1", **meta: Any) -> Object:
    named = {"name": "x", "generation": 2, **meta}
    return {"apiVersion": api, "kind": kind, "metadata": named, "spec": spec, "status": status}


DONE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
BACK_OFF = {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m"}}}
READY = {"conditions": [{"type": "Ready", "status": "True"}]}


@pytest.mark.parametrize(
    ("one", "status"),
    [
        (_of("Deployment", {"replicas": 2}, DONE), "Healthy"),
        (_of("Deployment", {"replicas": 2, "paused": True}, DONE), "Suspended"),
        (_of("Deployment", {"replicas": 2}, {**DONE, "observedGeneration": 1}), "Progressing"),
        (_of("Deployment", {"replicas": 3}, DONE), "Progressing"),
        (_of("Deployment", {"replicas": 2}, {**DONE, "replicas": 3}), "Progressing"),
        (_of("Deployment", {"replicas": 2}, {**DONE, "availableReplicas": 1}), "Progressing"),
        (
            _of(
                "Deployment",
                {"replicas": 2},
                {**DONE, "conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]},
            ),
            "Degraded",
        ),
        (_of("StatefulSet", {"replicas": 2}, {**DONE, "observedGeneration": 0}), "Progressing"),
        (_of("StatefulSet", {"replicas": 2}, {**DONE, "updateRevision": "b", "currentRevision": "a"}), "Progressing"),
        (_of("StatefulSet", {"replicas": 2}, DONE), "Healthy"),
        (_of("StatefulSet", {"replicas": 2, "updateStrategy": {"type": "OnDelete"}}, DONE), "Healthy"),
        (
            _of("DaemonSet", {}, {"observedGeneration": 2, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1}),
            "Progressing",
        ),
        (_of("Job", {}, {}, "batch/v1"), "Progressing"),
        (_of("Job", {}, {"conditions": [{"type": "Failed", "status": "True"}]}, "batch/v1"), "Degraded"),
        (_of("Job", {}, {"conditions": [{"type": "Suspended", "status": "True"}]}, "batch/v1"), "Suspended"),
        (_of("Pod", {}, {"phase": "Running", "containerStatuses": [BACK_OFF]}, "v1"), "Degraded"),
        (_of("Pod", {}, {"phase": "Running", **READY}, "v1"), "Healthy"),
        (_of("Pod", {}, {"phase": "Running"}, "v1"), "Progressing"),
        (_of("Pod", {"restartPolicy": "Never"}, {"phase": "Running", **READY}, "v1"), "Progressing"),
        (_of("Pod", {}, {"phase": "Failed"}, "v1"), "Degraded"),
        (_of("Service", {"type": "LoadBalancer"}, {}, "v1"), "Progressing"),
        (_of("Service", {"type": "ClusterIP"}, {}, "v1"), "Healthy"),
        (_of("Ingress", {}, {}, "networking.k8s.io/v1"), "Progressing"),
        (_of("PersistentVolumeClaim", {}, {"phase": "Lost"}, "v1"), "Degraded"),
        (_of("PersistentVolumeClaim", {}, {"phase": "Bound"}, "v1"), "Healthy"),
        (_of("Deployment", {"replicas": 2}, DONE, deletionTimestamp="2026-01-01T00:00:00Z"), "Progressing"),
    ],
)
def test_health_follows_the_built_in_rules(one: Object, status: str) -> None:
    found = health(one)
    assert found is not None
    assert found[0] == status


def test_a_kind_without_rules_has_no_health() -> None:
    assert health(config_map("a")) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(ORDER)))
def test_the_worst_health_is_one_of_them(found: list[str]) -> None:
    assert worst(found) in (found or ["Healthy"])
    assert all(ORDER.index(worst(found)) >= ORDER.index(each) for each in found)


# -- projects --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patterns", "namespace", "allowed"),
    [(["*"], "nav", True), (["nav-*"], "nav", False), (["*", "!kube-*"], "kube-system", False), ([], "nav", False)],
)
def test_destinations_are_patterns_and_may_be_denied(patterns: list[str], namespace: str, allowed: bool) -> None:
    server = "https://kubernetes.default.svc"
    project = {"spec": {"destinations": [{"server": server, "namespace": pattern} for pattern in patterns]}}
    assert destination_permitted(project, namespace) is allowed


@pytest.mark.parametrize(
    ("destination", "said"),
    [
        ({"namespace": "nav"}, "Destination server missing from app spec"),
        ({"name": "arm", "namespace": "nav"}, "there are no clusters with this name: arm"),
        ({"name": "a", "server": "https://b"}, "can't have both name and server defined: a https://b"),
        ({"server": "https://b"}, 'cluster "https://b" not found'),
    ],
)
def test_a_destination_that_is_no_cluster_of_ours_is_refused(destination: dict[str, str], said: str) -> None:
    spec = {"destination": destination, "source": {"repoURL": REPO, "path": "nav"}}
    app: Object = {"metadata": {"name": "nav", "namespace": "argocd"}, "spec": spec}
    project = {"spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}}
    errors = spec_errors(app, project, "argocd")
    assert len(errors) == 1
    assert said in errors[0]


# -- git and the repo-server -----------------------------------------------------------------------


async def test_a_commit_changes_its_paths_only_and_is_the_same_in_every_story() -> None:
    shas = []
    for _ in range(2):
        git = Git(lambda: 0.0)
        git.commit(REPO, {"a": [config_map("x")], "b": [config_map("y")]}, "first", author="Ana <ana@x>")
        shas.append(git.commit(REPO, {"a": None}, "second"))
        commit = git.repositories[REPO].commits[shas[-1]]
        assert set(commit.manifests) == {"b"}
        assert commit.parent in git.repositories[REPO].commits
    assert shas[0] == shas[1]
    assert len(shas[0]) == 40


async def test_refs_are_answered_from_memory_for_three_minutes_unless_asked_anew() -> None:
    clock = StoryClock(speed=0)
    git = Git(lambda: 0.0)
    server = RepoServer(git, clock)
    old = git.commit(REPO, {}, "first")
    assert await server.resolve(REPO, "main", fresh=False) == old
    new = git.commit(REPO, {}, "second")
    await clock.step(179)
    assert await server.resolve(REPO, "main", fresh=False) == old
    assert await server.resolve(REPO, "", fresh=True) == new
    git.tag(REPO, "v1", old)
    assert await server.resolve(REPO, "v1", fresh=True) == old
    with pytest.raises(RepoError, match="not our ref"):
        await server.render(REPO, "0" * 40, "nav", hard=False)


async def test_a_restart_of_the_repo_server_loses_the_clones_but_not_what_was_rendered() -> None:
    clock = StoryClock(speed=0)
    git = Git(lambda: 0.0)
    server = RepoServer(git, clock)
    sha = git.commit(REPO, {"a": [config_map("x")], "b": []}, "first")
    await server.render(REPO, sha, "a", hard=False)
    server.restart()
    git.reachable = False
    assert len(await server.render(REPO, sha, "a", hard=False)) == 1
    with pytest.raises(RepoError, match="Could not resolve host"):
        await server.render(REPO, sha, "b", hard=False)


def test_a_failure_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="dns, refused"):
        Git(lambda: 0.0).fail("gremlins")  # pyright: ignore[reportArgumentType]

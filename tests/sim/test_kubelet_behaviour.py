from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.sim.behaviour import ANNOTATION, Behaviour, Behaviours, short_name
from spottui.sim.controllers_quantity import amount, selects, tolerates
from spottui.sim.kubelet_command import with_command
from spottui.sim.kubelet_container import go_duration, grace_text
from spottui.sim.resources import resource
from tests.sim.kubelet_case import Cluster, pod, workload


def test_a_behaviour_is_found_by_image_and_changed_by_workload_container_and_annotation() -> None:
    table = Behaviours({"cam": Behaviour(cpu=0.5), "ghcr.io/acme/cam:2": Behaviour(cpu=0.9)})
    one = pod(image="ghcr.io/acme/cam:1")
    container = one["spec"]["containers"][0]
    assert table.of(one, container, "cam", is_wasm=False).cpu == 0.5
    assert table.of(one, {**container, "image": "ghcr.io/acme/cam:2"}, "cam", is_wasm=False).cpu == 0.9
    table.set("default", "cam", cpu=1.5, container="main")
    table.set("default", "cam", memory=7)
    assert table.of(one, container, "cam", is_wasm=False).cpu == 1.5
    assert table.of(one, {**container, "name": "side"}, "cam", is_wasm=False).cpu == 0.5
    assert table.of(one, container, "cam", is_wasm=False).memory == 7
    one["metadata"]["annotations"] = {ANNOTATION: json.dumps({"cpu": 2})}
    assert table.of(one, container, "cam", is_wasm=False).cpu == 2
    one["metadata"]["annotations"] = {ANNOTATION: "no json"}
    assert table.of(one, container, "cam", is_wasm=False).cpu == 1.5
    table.reset("default", "cam")
    assert table.of(one, container, "cam", is_wasm=False).cpu == 0.5


@pytest.mark.parametrize("changes", [{"colour": "red"}, {"cpu": "much"}, {"ready": 1}, {"logs": "x"}, {"memory": -1}])
def test_what_is_no_behaviour_is_refused_and_named(changes: dict[str, object]) -> None:
    (name,) = changes
    with pytest.raises(ValueError, match=name):
        Behaviours().set("default", "cam", **changes)


def test_an_unknown_wasm_image_is_small_and_quick() -> None:
    found = Behaviours().of(pod(), {"name": "main", "image": "a/filter:1"}, "x", is_wasm=True)
    assert found.start < 0.1
    assert found.memory < 10 * 1024 * 1024


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["sleep", "20"], (20.05, None)),
        (["sh", "-c", "echo a; sleep 2m && exit 3"], (None, 120.05)),
        (["sh", "-c", "while true; do date; done"], (None, None)),
        (["sh"], (None, None)),
        (["sleep", "infinity"], (None, None)),
        (["false"], (None, 0.05)),
    ],
)
def test_a_shell_image_ends_when_its_command_does(command: list[str], expected: tuple[float | None, ...]) -> None:
    found = with_command(Behaviour(), {"name": "c", "image": "busybox:1", "command": command}, is_init=False)
    assert (found.finish_after, found.crash_after) == expected


def test_a_command_that_waits_for_a_device_needs_that_sensor() -> None:
    command = ["sh", "-c", "until test -e /dev/sensors/lidar; do sleep 1; done"]
    assert (
        with_command(Behaviour(), {"name": "c", "image": "a/b:1", "command": command}, is_init=True).needs_sensor
        == "lidar"
    )


@given(st.sampled_from(["", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi"]), st.integers(0, 10**6))
def test_a_quantity_is_its_number_times_its_suffix(suffix: str, number: int) -> None:
    units = {"": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}
    units |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
    assert math.isclose(amount(f"{number}{suffix}"), number * units[suffix])


@given(st.text(max_size=8))
def test_any_text_is_a_quantity_or_a_value_error(text: str) -> None:
    try:
        assert math.isfinite(amount(text)) or "e" in text.lower()
    except ValueError:
        assert not text.isdecimal() or not text.isascii()


@pytest.mark.parametrize(("seconds", "text"), [(10, "10s"), (80, "1m20s"), (300, "5m0s"), (3723, "1h2m3s")])
def test_durations_are_printed_as_go_does(seconds: float, text: str) -> None:
    assert grace_text(seconds) == text
    assert go_duration(0.412) == "412ms"
    assert go_duration(2.31) == "2.31s"


def test_selectors_and_tolerations_follow_kubernetes() -> None:
    labels = {"app": "cam", "tier": "1"}
    assert selects({"matchLabels": {"app": "cam"}}, labels)
    assert not selects(None, labels)
    assert selects({}, labels)
    assert not selects({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["cam"]}]}, labels)
    assert selects({"matchExpressions": [{"key": "tier", "operator": "Gt", "values": ["0"]}]}, labels)
    taint = {"key": "gpu", "value": "busy", "effect": "NoSchedule"}
    assert tolerates([{"operator": "Exists"}], taint)
    assert tolerates([{"key": "gpu", "value": "busy"}], taint)
    assert not tolerates([{"key": "gpu", "value": "idle"}], taint)
    assert not tolerates([{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}], taint)


def test_an_image_is_known_by_its_short_name() -> None:
    assert short_name("ghcr.io:443/acme/cam@sha256:abc") == "cam"
    assert short_name("cam:1.2") == "cam"


async def test_a_cluster_at_rest_writes_nothing_but_its_leases() -> None:
    async with Cluster(nodes=2) as cluster:
        probe = {"httpGet": {"path": "/healthz", "port": 80}}
        spec = workload("Deployment", replicas=50)
        spec["spec"]["template"]["spec"]["containers"][0].update(readinessProbe=probe, livenessProbe=probe)
        cluster.apply(spec)
        await cluster.step(20)
        before = cluster.objects.version
        await cluster.step(100, by=5)
        assert cluster.objects.version - before == 2 * 10
        assert len(cluster.objects.since(resource("leases", "coordination.k8s.io"), before)) == 20


async def test_the_same_story_is_told_the_same_way_twice() -> None:
    told = []
    for _ in range(2):
        async with Cluster({"app": Behaviour(crash_after=3)}) as cluster:
            cluster.apply(workload("Deployment", replicas=3))
            await cluster.step(30)
            told.append([(one["metadata"]["name"], one["status"]) for one in cluster.pods()])
    assert told[0] == told[1]


async def test_a_claim_is_bound_when_its_class_is_there() -> None:
    async with Cluster() as cluster:
        spec = {"storageClassName": "microk8s-hostpath", "resources": {"requests": {"storage": "2Gi"}}}
        meta = {"name": "data", "namespace": "default"}
        cluster.apply(
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec, "status": {}}
        )
        one = pod()
        one["spec"]["volumes"] = [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]
        cluster.apply(one)
        await cluster.step(5)
        assert cluster.pod("app")["status"]["phase"] == "Pending"
        assert "unbound immediate PersistentVolumeClaims" in cluster.events("app", "FailedScheduling")[0]
        group = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "microk8s-hostpath"}}
        cluster.apply(group)
        await cluster.step(5)
        claim = cluster.get("persistentvolumeclaims", "", "data")
        assert claim["status"] == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}}
        assert cluster.objects.find(resource("persistentvolumes"), "", claim["spec"]["volumeName"])
        assert cluster.pod("app")["status"]["phase"] == "Running"

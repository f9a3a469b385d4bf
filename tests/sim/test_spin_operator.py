"""SpinApps become Deployments and Services, and say how those are."""

from __future__ import annotations

import pytest

from spottui.sim.controllers_work import Work
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource
from spottui.sim.scenario_manifests import EXECUTOR, executor_of
from spottui.sim.spin_operator import DEPLOYMENTS, EXECUTORS, SERVICES, SPIN_APPS, SpinOperator
from spottui.sim.story_clock import StoryClock

EVENTS = resource("events")


class Cluster:
    """Objects with a spin-operator, and nothing else."""

    def __init__(self) -> None:
        clock = StoryClock(speed=0)
        self.objects = Objects(clock.wall)
        self.work = Work()
        SpinOperator(self.objects, clock, self.work)

    def settle(self) -> None:
        while self.work:
            self.work.drain(1)

    def add_app(self) -> None:
        spec = {
            "image": "registry.example/geofence:1.0",
            "executor": EXECUTOR,
            "replicas": 2,
            "variables": [{"name": "site", "value": "north"}],
            "checks": {"readiness": {"httpGet": {"path": "/ready"}}},
        }
        self.objects.create(SPIN_APPS, {"metadata": {"name": "geofence", "namespace": "edge"}, "spec": spec})
        self.settle()

    def deployment(self) -> Object:
        return self.objects.get(DEPLOYMENTS, "edge", "geofence")


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    cluster.objects.create(EXECUTORS, executor_of("edge"))
    return cluster


def test_an_app_gets_its_deployment_and_service_of_the_executors_class(cluster: Cluster) -> None:
    cluster.add_app()
    spec = cluster.deployment()["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert spec["replicas"] == 2
    assert spec["template"]["spec"]["runtimeClassName"] == "wasmtime-spin-v2"
    assert spec["template"]["metadata"]["labels"]["core.spinkube.dev/app-name"] == "geofence"
    assert {"name": "SPIN_VARIABLE_SITE", "value": "north"} in container["env"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert cluster.deployment()["metadata"]["ownerReferences"][0]["kind"] == "SpinApp"
    assert cluster.objects.get(SERVICES, "edge", "geofence")["spec"]["ports"][0]["targetPort"] == "http-app"


def test_without_its_executor_an_app_only_says_so_and_comes_up_once_it_is_there() -> None:
    cluster = Cluster()
    cluster.add_app()
    assert cluster.objects.find(DEPLOYMENTS, "edge", "geofence") is None
    (event,) = cluster.objects.all(EVENTS)
    assert (event["reason"], event["message"]) == (
        "MissingExecutor",
        f"Could not find SpinAppExecutor edge/{EXECUTOR}",
    )
    cluster.objects.create(EXECUTORS, executor_of("edge"))
    cluster.settle()
    assert cluster.deployment()["spec"]["replicas"] == 2


def test_a_new_image_reaches_the_deployment_and_a_restart_of_it_stays(cluster: Cluster) -> None:
    cluster.add_app()
    restarted = {"kubectl.kubernetes.io/restartedAt": "now"}

    def restart(one: Object) -> None:
        one["spec"]["template"]["metadata"]["annotations"] = restarted

    cluster.objects.change(DEPLOYMENTS, "edge", "geofence", restart)
    cluster.objects.change(SPIN_APPS, "edge", "geofence", lambda one: one["spec"].__setitem__("image", "x:2"))
    cluster.settle()
    template = cluster.deployment()["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == "x:2"
    assert template["metadata"]["annotations"] == restarted


def test_it_tells_what_the_deployment_tells(cluster: Cluster) -> None:
    cluster.add_app()
    status = cluster.objects.get(SPIN_APPS, "edge", "geofence")["status"]
    assert status["readyReplicas"] == 0
    assert {one["type"]: one["status"] for one in status["conditions"]} == {
        "Available": "Unknown",
        "Progressing": "Unknown",
    }
    condition = {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "yes"}

    def be_ready(one: Object) -> None:
        one["status"] = {"readyReplicas": 2, "conditions": [condition]}

    cluster.objects.change(DEPLOYMENTS, "edge", "geofence", be_ready)
    cluster.settle()
    status = cluster.objects.get(SPIN_APPS, "edge", "geofence")["status"]
    assert (status["readyReplicas"], status["conditions"]) == (2, [condition])
    before = cluster.objects.version
    cluster.settle()
    assert cluster.objects.version == before

"""Lists are opened by the palette, read only while they are open, and say why they are empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spottui.errors import Forbidden
from spottui.events import AccessChanged, LinkDown, ListEnded, ObjectsHeard, TrafficHeard
from spottui.records import Access, Container, Owner, Target
from spottui.records_lists import Claim, HeldImage, NodeImages, Secret, Service, Volume
from spottui.screens.describe_screen import DescribeScreen
from spottui.screens.forwards import ForwardsScreen
from spottui.screens.list_rows import full_name, image_rows, volume_rows
from spottui.screens.owner_chain import chain
from spottui.screens.parts import Forwarded
from spottui.store import Store
from tests.screens.app_case import (
    NOW,
    a_deployment,
    a_pod,
    a_replica_set,
    an_application,
    everything_listed,
    heard,
    make_app,
    screen_text,
    tell,
    until,
)


def record(kind: Any, name: str, **fields: Any) -> Any:
    return kind(uid=f"uid-{name}", name=name, namespace="robot", created_at=NOW - 600, **fields)


async def opened(pilot: Any, word: str) -> list[tuple[str, str]]:
    """Open a list by the palette; return what was asked to be read or left."""
    asked: list[tuple[str, str]] = []
    pilot.app.parts.look_at = lambda kind: asked.append(("at", kind))
    pilot.app.parts.look_away = lambda kind: asked.append(("away", kind))
    await tell(pilot, *everything_listed())
    await pilot.press("colon", *word, "enter")
    await until(lambda: getattr(pilot.app.screen, "NAME", "") == "lists", pilot)
    await pilot.pause()
    return asked


async def test_a_list_is_read_from_when_it_is_opened_until_it_is_left(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(80, 24)) as pilot:
        asked = await opened(pilot, "svc")
        assert asked == [("at", "services")]
        assert "Waiting for the first answer" in screen_text(pilot.app)
        service = record(Service, "camera", type="ClusterIP", cluster_ip="10.0.0.9", ports=("80/TCP",))
        await tell(pilot, heard("services", service), ListEnded("services", frozenset({service.uid}), NOW))
        text = screen_text(pilot.app)
        assert "camera" in text and "10.0.0.9" in text and "80/TCP" in text
        await pilot.press("tab")
        assert asked[1:] == [("at", "configmaps"), ("away", "services")]
        await pilot.press("1")
        await until(lambda: asked[-1] == ("away", "configmaps"), pilot)


async def test_no_permission_no_link_and_nothing_there_look_different(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(110, 24)) as pilot:
        await opened(pilot, "secret")
        await tell(pilot, AccessChanged("secrets", Access("forbidden", "You may not list secrets.")))
        assert "You may not list secrets." in screen_text(pilot.app)
        await tell(pilot, ListEnded("secrets", frozenset(), NOW))
        assert "There are no secrets here." in screen_text(pilot.app)
        await pilot.press("colon", *"cm", "enter")
        await tell(pilot, LinkDown("kube", "no route to host", NOW))
        await until(lambda: "No link: no route to host" in screen_text(pilot.app), pilot)


async def test_in_low_data_mode_a_list_says_that_it_costs(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(120, 24)) as pilot:
        await opened(pilot, "secret")
        secret = record(Secret, "git", type="Opaque", keys=2)
        await tell(pilot, heard("secrets", secret), ListEnded("secrets", frozenset({secret.uid}), NOW))
        await tell(pilot, TrafficHeard((), NOW, "asked for"))
        assert "this list costs data while it is open. The server sends the values too." in screen_text(pilot.app)


async def test_a_row_is_described_with_what_one_read_adds_and_searched(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(100, 40)) as pilot:
        await opened(pilot, "svc")
        service = record(Service, "camera")

        async def fetch(target: Target) -> Any:
            assert (target.kind, target.uid) == ("Service", service.uid)
            return {"metadata": {"name": "camera", "namespace": "robot"}, "spec": {"clusterIP": "10.0.0.9"}}

        async def events(target: Target) -> Any:
            return [{"type": "Normal", "reason": "Made", "message": "all well", "count": 2}]

        pilot.app.parts.fetch, pilot.app.parts.fetch_events = fetch, events  # type: ignore[attr-defined]
        await tell(pilot, heard("services", service), ListEnded("services", frozenset({service.uid}), NOW))
        await pilot.press("d")
        await until(lambda: "all well" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "IP:                10.0.0.9" in text and "r reads it again" in text and "Made x2" in text
        await pilot.press("slash", *"affinity", "enter", "c")
        assert "Session Affinity:" in pilot.app.clipboard
        await pilot.press("escape", "escape", "e")
        await until(lambda: "Events of service/camera in robot" in screen_text(pilot.app), pilot)


async def test_what_cannot_be_read_leaves_what_was_heard(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(100, 40)) as pilot:

        async def refuse(target: Target) -> Any:
            raise Forbidden("You may not get services.")

        await opened(pilot, "svc")
        pilot.app.parts.fetch = pilot.app.parts.fetch_events = refuse  # type: ignore[attr-defined]
        service = record(Service, "camera")
        await tell(pilot, heard("services", service), ListEnded("services", frozenset({service.uid}), NOW))
        await pilot.press("enter")
        await until(lambda: "More could not be read: You may not get services." in screen_text(pilot.app), pilot)


def family() -> tuple[Store, Any]:
    """Return a store with an Application, its Deployment, a ReplicaSet and a pod; and the pod."""
    store = Store()
    application = an_application("vision", destination_namespace="robot")
    tracked = {"argocd.argoproj.io/tracking-id": "vision:apps/Deployment:robot/cam"}
    deployment = a_deployment("cam", annotations=tracked)
    replica_set = a_replica_set("cam-7d", deployment)
    pod = a_pod("cam-7d-x", owner=Owner("ReplicaSet", replica_set.name, replica_set.uid))
    for kind, one in (
        ("applications", application),
        ("deployments", deployment),
        ("replicasets", replica_set),
        ("pods", pod),
    ):
        store.apply(heard(kind, one))
    return store, pod


def test_the_owner_chain_goes_up_and_down() -> None:
    store, pod = family()
    names = ["Application/vision", "Deployment/cam", "ReplicaSet/cam-7d", "Pod/cam-7d-x"]
    for target in (
        Target(kind="Pod", namespace="robot", name=pod.name, uid=pod.uid),
        Target(kind="Application", namespace="argocd", name="vision", uid="application-vision"),
        Target(kind="Deployment", namespace="robot", name="cam", uid="deployment-cam"),
    ):
        found = chain(store, target)
        assert [f"{one.target.kind}/{one.target.name}" for one in found] == names
        assert [one.target.uid for one in found if one.is_self] == [target.uid]


async def test_a_digit_jumps_along_the_owner_chain(tmp_path: Path) -> None:
    store, pod = family()
    async with make_app(tmp_path).run_test(size=(100, 40)) as pilot:
        await tell(pilot, *everything_listed())
        for kind in ("applications", "deployments", "replicasets", "pods"):
            await tell(pilot, ObjectsHeard(kind, tuple(store.objects(kind).values()), (), NOW))
        await pilot.press("3", "d")
        await until(lambda: "Owner chain" in screen_text(pilot.app), pilot)
        await pilot.press("2")
        await until(lambda: screen_text(pilot.app).startswith("deployment/cam in robot"), pilot)
        await pilot.press("escape")
        await until(lambda: screen_text(pilot.app).startswith(f"pod/{pod.name}"), pilot)
        assert isinstance(pilot.app.screen, DescribeScreen)


def test_images_have_their_users_trouble_size_and_digest() -> None:
    store = Store()
    waiting = Container(name="a", image="cam:1", reason="ImagePullBackOff", message="no route")
    store.apply(heard("pods", a_pod("one", containers=(waiting,))))
    held = NodeImages(
        uid="n", name="spot", namespace="", created_at=None, images=(HeldImage(("q.io/x@sha256:ab", "q.io/x:2"), 7),)
    )
    store.apply(ObjectsHeard("node-images", (held,), (), NOW))
    found = {row.name: row for row in image_rows(store)}
    assert found["docker.io/library/cam:1"].trouble == "ImagePullBackOff no route"
    assert found["docker.io/library/cam:1"].pods == ("robot/one",)
    assert (found["q.io/x:2"].size, found["q.io/x:2"].digest, found["q.io/x:2"].pods) == (7, "sha256:ab", ())
    assert full_name("localhost:5000/a") == "localhost:5000/a:latest" and full_name("me/a:1") == "docker.io/me/a:1"


def test_a_volume_names_the_pods_that_mount_it() -> None:
    store = Store()
    store.apply(heard("pods", a_pod("one", claims=("maps",))))
    store.apply(heard("persistentvolumeclaims", record(Claim, "maps", volume="pv-1")))
    store.apply(heard("persistentvolumes", record(Volume, "pv-1"), record(Volume, "pv-2")))
    rows = {row.name: row for row in volume_rows(store)}
    assert rows["maps"].pods == ("one",) and rows["maps"].volume is not None
    assert set(rows) == {"maps", "pv-2"} and rows["pv-2"].claim is None


async def test_forwarded_ports_are_counted_in_the_header_and_stopped_in_their_list(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(140, 24)) as pilot:
        ports = [Forwarded(9000, 80, "pod/cam", 1, "")]
        stopped: list[int] = []

        async def stop(local: int) -> None:
            stopped.append(local)
            ports.clear()

        pilot.app.parts.forwards, pilot.app.parts.stop_forward = lambda: ports, stop  # type: ignore[attr-defined]
        await tell(pilot, *everything_listed())
        await until(lambda: "1 port forwarded" in screen_text(pilot.app), pilot)
        await pilot.press("colon", *"forwards", "enter")
        await until(lambda: isinstance(pilot.app.screen, ForwardsScreen), pilot)
        await pilot.press("x")
        await until(lambda: "No port is forwarded." in screen_text(pilot.app), pilot)
        assert stopped == [9000]

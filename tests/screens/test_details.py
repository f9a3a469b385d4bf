"""Enter on a row shows what stands behind it; nothing in it harms, and what vanished says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spottui.events import LinkDown, ObjectsHeard
from spottui.records import Condition, Container, KubeEvent, Meta, Owner, Usage
from spottui.records_argocd import Operation, SyncResource
from spottui.screens.describe import describe
from spottui.screens.text import TextScreen
from spottui.sources.kube_objects import decode_list
from spottui.store import Store
from spottui.widgets.tones import Line
from tests.screens.app_case import (
    NOW,
    a_deployment,
    a_node,
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

SIZE = (110, 50)


async def opened(pilot: Any, *keys: str, by: str = "enter") -> str:
    """Press keys, then the one that opens; return the text of the details with single spaces."""
    await pilot.press(*keys)
    await pilot.pause()
    await pilot.press(by)
    await until(lambda: isinstance(pilot.app.screen, TextScreen), pilot)
    await pilot.pause()
    return text_of(pilot)


def text_of(pilot: Any) -> str:
    return "\n".join(" ".join(line.split()) for line in screen_text(pilot.app).splitlines())


def plain(lines: list[Line]) -> str:
    return "\n".join(" ".join("".join(text for text, _ in line).split()) for line in lines)


def store_of(*events: Any) -> Store:
    store = Store()
    for event in events:
        store.apply(event)
    return store


def a_warning(about: str, message: str = "Back-off restarting failed container", **fields: Any) -> KubeEvent:
    known: dict[str, Any] = {
        "uid": f"event-{about}",
        "name": "event",
        "namespace": "robot",
        "created_at": NOW - 60,
        "type": "Warning",
        "reason": "BackOff",
        "object_kind": "Pod",
        "object_name": about,
        "object_uid": about,
        "last_at": NOW - 60,
        "count": 3,
    }
    return KubeEvent(message=message, **{**known, **fields})


async def test_enter_on_a_pod_shows_its_facts(tmp_path: Path) -> None:
    ended = Container(
        name="main",
        image="registry/cam:1",
        state="waiting",
        reason="CrashLoopBackOff",
        restarts=7,
        last_reason="OOMKilled",
        last_exit_code=137,
        last_finished_at=NOW - 60,
        memory_limit=128 * 2**20,
    )
    deployment = a_deployment("cam")
    replica_set = a_replica_set("cam-7d", deployment)
    owner = Owner("ReplicaSet", replica_set.name, replica_set.uid)
    pod = a_pod("cam-7d-x", containers=(ended,), owner=owner, ip="10.1.0.7", labels={"app": "cam"})
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(
            pilot,
            *everything_listed(),
            heard("deployments", deployment),
            heard("replicasets", replica_set),
            heard("pods", pod),
            heard("events", a_warning(pod.uid)),
        )
        text = await opened(pilot, "3")
        assert text.splitlines()[0].startswith("pod/cam-7d-x in robot")
        for fact in (
            "status CrashLoopBackOff ready 0/1",
            "owner Deployment/cam",
            "node spot-core",
            "ip 10.1.0.7",
            "(10m ago)",
            "main CrashLoopBackOff 7 restarts",
            "image registry/cam:1",
            "last time OOMKilled with exit code 137, 60s ago",
            "memory limit 128Mi",
            "app cam",
            "60s BackOff x3 Back-off restarting failed container",
            "uid pod-cam-7d-x",
        ):
            assert fact in text, fact
        await pilot.press("escape")
        await until(lambda: "[3 Workloads]" in screen_text(pilot.app), pilot)


async def test_enter_on_a_workload_shows_its_pods(tmp_path: Path) -> None:
    deployment = a_deployment("cam", images=("registry/cam:1",), ready=0)
    replica_set = a_replica_set("cam-7d", deployment)
    owner = Owner("ReplicaSet", replica_set.name, replica_set.uid)
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(
            pilot,
            *everything_listed(),
            heard("deployments", deployment),
            heard("replicasets", replica_set),
            heard("pods", a_pod("cam-7d-x", well=False, owner=owner), a_pod("other")),
        )
        text = await opened(pilot, "3", "tab")
        for fact in (
            "deployment/cam in robot",
            "kind Deployment",
            "desired 1",
            "ready 0",
            "image registry/cam:1",
            "Pods (1)",
            "cam-7d-x CrashLoopBackOff",
        ):
            assert fact in text, fact
        assert "other" not in text


async def test_enter_on_a_node_shows_its_facts(tmp_path: Path) -> None:
    node = a_node(
        roles=("control-plane",),
        internal_ip="10.0.0.1",
        kubelet_version="v1.33.1",
        taints=("a=b:NoSchedule",),
        unschedulable=True,
        allocatable_memory=16 * 2**30,
        runtime_handlers=("runc", "spin"),
    )
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("nodes", node), heard("pods", a_pod("a"), a_pod("b")))
        pilot.app.store.node_usage[node.name] = Usage(0.5, 2**30, NOW, "kubelet")  # type: ignore[attr-defined]
        text = await opened(pilot, "2")
        for fact in (
            "node/spot-core",
            "roles control-plane",
            "address 10.0.0.1",
            "kubelet v1.33.1",
            "taint a=b:NoSchedule",
            "scheduling disabled (cordoned)",
            "memory 16.0Gi",
            "handlers runc, spin",
            "pods 2",
            "usage cpu 500m memory 1.0Gi (kubelet)",
            "Ready True",
        ):
            assert fact in text, fact


async def test_describing_an_application_shows_what_is_not_in_sync(tmp_path: Path) -> None:
    failed = Operation(
        phase="Failed",
        message="one or more objects failed to apply",
        initiated_by="ana",
        resources=(SyncResource(kind="Service", name="nav", status="SyncFailed", message="port in use"),),
    )
    application = an_application(
        "navigation",
        sync="OutOfSync",
        health="Degraded",
        repo="https://git/nav",
        operation=failed,
        out_of_sync=(SyncResource(kind="Deployment", name="nav", status="OutOfSync"),),
        conditions=(Condition("ComparisonError", "True", message="cannot read the chart"),),
        deployed_revision="b" * 40,
        deployed_at=NOW - 7200,
    )
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("applications", application))
        text = await opened(pilot, "5", by="d")
        for fact in (
            "application/navigation in argocd",
            "repository https://git/nav",
            "sync OutOfSync",
            "health Degraded",
            "deployed " + "b" * 40 + " 120m ago",
            "compared 30s ago",
            "auto-sync off",
            "ComparisonError cannot read the chart",
            "phase Failed",
            "by ana",
            "Service/nav SyncFailed port in use",
            "Not in sync",
            "Deployment/nav OutOfSync",
        ):
            assert fact in text, fact


def test_what_differs_is_not_claimed_while_sync_is_unknown() -> None:
    application = an_application(
        "nav", sync="Unknown", out_of_sync=(SyncResource(kind="Deployment", name="old", status="OutOfSync"),)
    )
    text = plain(describe(store_of(heard("applications", application)), application.uid, application, NOW))
    assert "What differs is not known while sync is Unknown." in text and "Deployment/old" not in text


async def test_enter_on_a_finding_shows_its_cause_and_the_object(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod("bare", well=False)))
        text = await opened(pilot, "1")
        assert "CrashLoopBackOff" in text.splitlines()[1]
        assert "name bare" in text and "status CrashLoopBackOff ready 0/1" in text and "uid pod-bare" in text


async def test_d_on_an_entry_of_the_timeline_shows_all_of_it(tmp_path: Path) -> None:
    reason = "dial tcp 10.0.0.1:16443: " + "no route to host " * 12 + "END"
    async with make_app(tmp_path).run_test(size=(60, 24)) as pilot:
        await tell(pilot, *everything_listed(), LinkDown("kube", reason, NOW))
        await pilot.press("9", "d")
        await until(lambda: isinstance(pilot.app.screen, TextScreen), pilot)
        await pilot.pause()
        text = text_of(pilot)
        for fact in (
            "when 2027-01-15T08:00:00Z",
            "what link",
            "subject kube",
            "link lost: dial tcp 10.0.0.1:16443:",
            "END",
        ):
            assert fact in text, fact


async def test_enter_on_an_empty_table_opens_nothing(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test() as pilot:
        await tell(pilot, *everything_listed())
        for key in "12359":
            await pilot.press(key, "enter", "d")
            await pilot.pause()
            assert not isinstance(pilot.app.screen, TextScreen)


# -- gone ----------------------------------------------------------------------------------------------

GONE = "This object is gone; what follows was its last state."


async def test_an_object_that_vanishes_under_its_details_is_said_to_be_gone(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod("cam", ip="10.1.0.7")))
        assert GONE not in await opened(pilot, "3")
        await tell(pilot, ObjectsHeard("pods", (), ("pod-cam",), NOW))
        screen = pilot.app.screen
        assert isinstance(screen, TextScreen)
        screen.refresh_text()
        await pilot.pause()
        text = text_of(pilot)
        assert GONE in text and "ip 10.1.0.7" in text


async def test_the_details_of_a_row_that_is_already_gone_say_so(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod("cam"), a_pod("other")))
        await pilot.press("3")
        await pilot.pause()
        await tell(pilot, ObjectsHeard("pods", (), ("pod-cam",), NOW))
        text = await opened(pilot)
        assert "pod/cam" in text and GONE in text


async def test_details_follow_what_is_heard(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod("cam")))
        assert "status Running ready 1/1" in await opened(pilot, "3")
        await tell(pilot, heard("pods", a_pod("cam", well=False)))
        screen = pilot.app.screen
        assert isinstance(screen, TextScreen)
        screen.refresh_text()
        await pilot.pause()
        assert "status CrashLoopBackOff ready 0/1" in text_of(pilot)


def test_an_object_never_heard_is_described_by_what_is_known() -> None:
    known = Meta(uid="u", name="lost", namespace="robot", created_at=None)
    text = plain(describe(Store(), "u", known, NOW))
    assert GONE in text and "name lost" in text and "created ?" in text


# -- hostile -------------------------------------------------------------------------------------------

NASTY = "[/] [red]x[/red] [ERROR] boom \x1b[31mred\x1b]0;title\x07 \x9b2J a\u202eb\r\n" + "y" * 100_000


def hostile_pod(message: str) -> Meta:
    """Return what the source makes of a pod whose texts are hostile."""
    item = {
        "metadata": {"name": "cam", "namespace": "robot", "uid": "u", "creationTimestamp": "2026-11-24T06:00:00Z"},
        "spec": {"nodeName": "spot-core", "containers": [{"name": "main", "image": message}]},
        "status": {
            "phase": "Running",
            "message": message,
            "conditions": [{"type": "Ready", "status": "False", "message": message}],
            "containerStatuses": [
                {
                    "name": "main",
                    "ready": False,
                    "restartCount": 1,
                    "image": message,
                    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": message}},
                    "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": message}},
                }
            ],
        },
    }
    body = json.dumps({"metadata": {"resourceVersion": "1"}, "items": [item]}).encode()
    (record,) = decode_list("pods", body).records
    return record


def test_a_hostile_message_is_cut_by_the_source() -> None:
    pod = hostile_pod(NASTY)
    lines = describe(store_of(heard("pods", pod)), pod.uid, pod, NOW)
    assert max(len(text) for line in lines for text, _ in line) <= 4096
    assert sum(len(text) for line in lines for text, _ in line) < 30_000
    assert all(text.isprintable() for line in lines for text, _ in line)


@pytest.mark.parametrize("cleaned", [True, False])
async def test_a_hostile_message_is_drawn_as_text(tmp_path: Path, cleaned: bool) -> None:
    nasty = NASTY[:200]
    pod = hostile_pod(nasty) if cleaned else a_pod("cam", message=nasty, labels={"[/]": nasty})
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("pods", pod), heard("events", a_warning(pod.uid, nasty)))
        text = await opened(pilot, "3")
        assert "[/] [red]x[/red] [ERROR] boom" in text
        assert not [char for char in text if char != "\n" and not char.isprintable()]
        await pilot.press("G", "g", "escape")
        await until(lambda: "[3 Workloads]" in screen_text(pilot.app), pilot)


async def test_a_hundred_kilobytes_are_folded_and_can_be_left(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(80, 24)) as pilot:
        await tell(pilot, *everything_listed(), heard("pods", hostile_pod(NASTY)))
        await opened(pilot, "3")
        lines = screen_text(pilot.app).splitlines()
        assert len(lines) == 24 and max(map(len, lines)) <= 80
        await pilot.press("G")
        await until(lambda: "No warnings about it were heard." in screen_text(pilot.app), pilot)
        await pilot.press("escape")
        await until(lambda: "[3 Workloads]" in screen_text(pilot.app), pilot)


@pytest.mark.parametrize("name", ["[/]", "[red]x[/red]", "[ERROR] boom"])
async def test_a_hostile_name_is_the_title_as_it_is(tmp_path: Path, name: str) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod(name)))
        assert (await opened(pilot, "3")).splitlines()[0] == f"pod/{name} in robot"

"""What an operator sees and does on the screens, with fakes at the borders."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key

from spottui.events import AccessChanged, LinkDown, ObjectsHeard, UsageHeard
from spottui.records import Access, Owner, Usage
from spottui.screens.confirm import ConfirmScreen, TypeNameScreen
from spottui.screens.tables import TableScreen
from tests.screens.app_case import (
    NOW,
    Clock,
    FakeCluster,
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

SIZES = [(80, 24), (200, 60), (60, 16)]


def robot() -> list[Any]:
    """Return a small robot's cluster as events: one Deployment with a crashing pod, two Applications."""
    deployment = a_deployment("perception", ready=0)
    replica_set = a_replica_set("perception-7d", deployment)
    owner = Owner("ReplicaSet", replica_set.name, replica_set.uid)
    return [
        *everything_listed(),
        heard("nodes", a_node()),
        heard("deployments", deployment, a_deployment("uploader")),
        heard("replicasets", replica_set),
        heard("pods", a_pod("perception-7d-x", well=False, owner=owner), a_pod("uploader-1"), a_pod("bare")),
        heard("applications", an_application("navigation", sync="OutOfSync"), an_application("perception")),
    ]


def audit_lines(folder: Path) -> list[dict[str, Any]]:
    """Return the audit log."""
    path = folder / ".local/state/spottui/audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def put_deployment(cluster: FakeCluster, name: str) -> str:
    """Store a Deployment whose rollout completes at once in the fake API; return its path."""
    path = f"/apis/apps/v1/namespaces/robot/deployments/{name}"
    cluster.api.put(
        path,
        {
            "metadata": {"name": name, "namespace": "robot", "uid": f"deployment-{name}", "generation": 1},
            "spec": {"replicas": 1, "template": {"metadata": {}}, "selector": {"matchLabels": {"app": name}}},
            "status": {"observedGeneration": 9, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1},
        },
    )
    return path


@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_shows_the_robot_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    expected = {
        "1": "CrashLoop",
        "2": "spot-core",
        "3": "uploader-1",
        "5": "navigation",
        "8": "Reading",
        "9": "uploader",
    }
    async with make_app(tmp_path).run_test(size=size) as pilot:
        await tell(pilot, *robot())
        for key, found in expected.items():
            await pilot.press(key)
            await until(lambda key=key: f"[{key} " in screen_text(pilot.app), pilot)
            await until(lambda found=found: found in screen_text(pilot.app), pilot)
            assert "live" in screen_text(pilot.app).splitlines()[0]


async def test_a_resize_never_crashes(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(80, 24)) as pilot:
        await tell(pilot, *robot())
        for key in "123589":
            await pilot.press(key)
            for size in ((1, 1), (500, 3), (20, 100), (60, 16), (200, 60), (80, 24)):
                await pilot.resize_terminal(*size)
                await pilot.pause()
            await until(lambda key=key: f"[{key} " in screen_text(pilot.app), pilot)
            assert "live" in screen_text(pilot.app)


async def test_findings_come_first_with_cause_and_key(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(120, 30)) as pilot:
        await tell(pilot, *robot())
        lines = screen_text(pilot.app).splitlines()
        assert any("perception" in line and "CrashLoopBackOff" in line and "r restart" in line for line in lines)
        assert any("navigation" in line and "OutOfSync" in line and "s sync" in line for line in lines)


async def test_a_restart_while_locked_asks_to_unlock_and_restart_at_once(tmp_path: Path) -> None:
    cluster = FakeCluster()
    path = put_deployment(cluster, "perception")
    app = make_app(tmp_path, cluster=cluster)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *robot())
        await until(lambda: app.joined, pilot)
        await pilot.press("3", "slash", *"perception", "enter")
        await pilot.press("r")
        await until(lambda: isinstance(pilot.app.screen, ConfirmScreen), pilot)
        assert "Unlock writing for 15 min and restart deployment/perception" in " ".join(screen_text(pilot.app).split())
        await pilot.press("y")
        await until(lambda: [line["outcome"] for line in audit_lines(tmp_path)][-1:] == ["done"], pilot)
        assert [one[:2] for one in cluster.api.sent if one[0] == "PATCH"] == [("PATCH", path)]
        assert not app.parts.lock.is_locked
        assert audit_lines(tmp_path)[0]["target"]["uid"] == "deployment-perception"


async def test_enter_alone_never_confirms(tmp_path: Path) -> None:
    cluster = FakeCluster()
    put_deployment(cluster, "perception")
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *robot())
        await until(lambda: app.joined, pilot)
        await pilot.press("3", "slash", *"perception", "enter", "r")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TableScreen), pilot)
        assert cluster.api.sent == [] and audit_lines(tmp_path) == []


async def test_the_target_is_the_row_of_the_key_press_even_if_rows_move(tmp_path: Path) -> None:
    cluster = FakeCluster()
    path = put_deployment(cluster, "uploader")
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *everything_listed(), heard("deployments", a_deployment("uploader")))
        await until(lambda: app.joined, pilot)
        await pilot.press("3", "tab", "r")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        await tell(pilot, heard("deployments", a_deployment("aaa-comes-first")))
        await pilot.press("y")
        await until(lambda: [line["outcome"] for line in audit_lines(tmp_path)][-1:] == ["done"], pilot)
        assert [one[1] for one in cluster.api.sent if one[0] == "PATCH"] == [path]


async def test_a_bare_pod_is_deleted_only_by_typing_its_name(tmp_path: Path) -> None:
    cluster = FakeCluster()
    cluster.api.put(
        "/api/v1/namespaces/robot/pods/bare",
        {"metadata": {"name": "bare", "namespace": "robot", "uid": "pod-bare"}, "spec": {}, "status": {}},
    )
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *robot())
        await until(lambda: app.joined, pilot)
        await pilot.press("3", "slash", *"bare", "enter", "r")
        await until(lambda: isinstance(app.screen, TypeNameScreen), pilot)
        await pilot.press(*"bar", "enter")
        assert isinstance(app.screen, TypeNameScreen) and cluster.api.sent == []
        await pilot.press(*"bare", "enter")
        await until(lambda: [line["outcome"] for line in audit_lines(tmp_path)][-1:] == ["done"], pilot)
        assert cluster.api.sent[0][0] == "DELETE"


async def test_restart_on_a_node_only_explains(tmp_path: Path) -> None:
    cluster = FakeCluster()
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await tell(pilot, *robot())
        await pilot.press("2", "r")
        await until(lambda: "not for a Node" in " ".join(screen_text(app).split()), pilot)
        assert cluster.api.sent == []


async def test_marked_rows_are_restarted_together_after_one_question(tmp_path: Path) -> None:
    cluster = FakeCluster()
    paths = {put_deployment(cluster, name) for name in ("perception", "uploader")}
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *robot())
        await until(lambda: app.joined, pilot)
        await pilot.press("3", "tab", "space", "down", "space", "r")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        await pilot.press("y")
        await until(lambda: [line["outcome"] for line in audit_lines(tmp_path)].count("done") == 2, pilot)
        assert {one[1] for one in cluster.api.sent if one[0] == "PATCH"} == paths


async def test_no_link_dims_and_dates_but_never_blanks(tmp_path: Path) -> None:
    clock = Clock()
    app = make_app(tmp_path, clock=clock)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *robot())
        await pilot.press("3")
        clock.now += 95
        gone = Access("stale", "connection refused", None)
        await tell(pilot, LinkDown("kube", "connection refused", clock.now), AccessChanged("pods", gone))
        text = screen_text(app)
        assert "NO LINK, heard 95s ago" in text.splitlines()[0]
        assert "uploader-1" in text and "connection refused" in text


async def test_no_permission_no_link_and_nothing_there_are_three_sights(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(110, 30)) as pilot:
        await tell(pilot, *everything_listed())
        await pilot.press("3")
        nothing = screen_text(pilot.app)
        denied = Access("forbidden", "You may not list pods in all namespaces.")
        await tell(pilot, AccessChanged("pods", denied))
        forbidden = screen_text(pilot.app)
        await tell(
            pilot, LinkDown("kube", "no route", NOW), AccessChanged("pods", Access("stale", "No link: no route."))
        )
        unreachable = screen_text(pilot.app)
        assert "No pods here." in nothing
        assert "You may not list pods" in forbidden and "No pods here." not in forbidden
        assert "No link: no route." in unreachable and "may not" not in unreachable


async def test_without_a_cluster_a_full_screen_says_what_to_do_and_the_host_works(tmp_path: Path) -> None:
    async with make_app(
        tmp_path, problem="No cluster to connect to. Looked for:\n  here: not there"
    ).run_test() as pilot:
        await until(lambda: "What to do" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "here: not there" in text and "--kubeconfig FILE" in text and "no cluster" in text
        await pilot.press("8")
        await until(lambda: "[8 Host]" in screen_text(pilot.app), pilot)
        await pilot.press("2")
        await until(lambda: "What to do" in screen_text(pilot.app), pilot)


async def test_hostile_names_are_drawn_as_text(tmp_path: Path) -> None:
    nasty = ["[/]", "[red]x[/red]", "\x1b[31mboom", "a\u202eb", "x" * 5000, "[ERROR] boom"]
    async with make_app(tmp_path).run_test(size=(80, 24)) as pilot:
        pods = [a_pod(name, uid=str(number)) for number, name in enumerate(nasty)]
        await tell(pilot, *everything_listed(), heard("pods", *pods))
        for key in ("3", "enter", "escape", "1", "9"):
            await pilot.press(key)
            await pilot.pause()
        await pilot.press("3")
        text = screen_text(pilot.app)
        assert "[/]" in text and "[ERROR] boom" in text and "\x1b" not in text and "\u202e" not in text


async def test_the_palette_goes_to_a_view_by_its_kubectl_word(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test() as pilot:
        await tell(pilot, *robot())
        await pilot.press("colon", *"no", "enter")
        await until(lambda: "[2 Nodes]" in screen_text(pilot.app), pilot)


async def test_the_palette_syncs_an_application_by_name_from_any_screen(tmp_path: Path) -> None:
    cluster = FakeCluster()
    app = make_app(tmp_path, cluster=cluster)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *robot())
        await until(lambda: app.joined, pilot)
        cluster.api.put(
            "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/navigation",
            {"metadata": {"name": "navigation", "namespace": "argocd", "uid": "application-navigation"}, "spec": {}},
        )
        await pilot.press("2", "colon", *"sync navigation", "enter")
        await until(lambda: isinstance(pilot.app.screen, ConfirmScreen), pilot)
        assert "sync application/navigation" in " ".join(screen_text(pilot.app).split())


async def test_a_frozen_screen_stands_still_and_says_so(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test() as pilot:
        await tell(pilot, *everything_listed())
        await pilot.press("3", "P")
        await tell(pilot, heard("pods", a_pod("late")))
        assert "late" not in screen_text(pilot.app) and "FROZEN" in screen_text(pilot.app)
        await pilot.press("P")
        await until(lambda: "late" in screen_text(pilot.app), pilot)


async def test_help_lists_only_what_works_here(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(100, 60)) as pilot:
        await tell(pilot, *robot())
        await pilot.press("5", "question_mark")
        apps = screen_text(pilot.app)
        await pilot.press("escape", "2", "question_mark")
        nodes = screen_text(pilot.app)
        assert "Sync:" in apps and "Sync:" not in nodes


async def test_a_failing_source_leaves_the_others_alive(tmp_path: Path) -> None:
    class Broken:
        name = "broken"

        async def events(self) -> Any:
            raise RuntimeError("a bug")
            yield

    app = make_app(tmp_path, sources=[Broken()])
    async with app.run_test() as pilot:
        await until(lambda: app.store.failures, pilot)
        await tell(pilot, *robot(), ObjectsHeard("pods", (a_pod("alive"),), (), NOW))
        await pilot.press("9")
        await until(lambda: "source broken" in screen_text(pilot.app), pilot)


async def test_ctrl_c_leaves_only_the_second_time(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+c")
        assert app._exit is False
        await pilot.press("ctrl+c")
        assert app._exit is True


async def test_keys_that_come_in_one_burst_do_not_move_the_target(tmp_path: Path) -> None:
    cluster = FakeCluster()
    for name in ("aaa", "bbb"):
        put_deployment(cluster, name)
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *everything_listed(), heard("deployments", a_deployment("aaa"), a_deployment("bbb")))
        await until(lambda: app.joined, pilot)
        await pilot.press("3", "tab")
        for key in ("r", "j"):  # as SSH bunches them: both are there before the first is handled
            app.post_message(Key(key, key))
        await until(lambda: "Restart deployment/" in " ".join(screen_text(app).split()), pilot)
        assert "deployment/aaa" in " ".join(screen_text(app).split())


async def test_a_question_that_comes_late_does_not_take_what_is_typed_elsewhere(tmp_path: Path) -> None:
    cluster = FakeCluster()
    put_deployment(cluster, "perception")
    may_answer = asyncio.Event()
    ask = cluster.api.request

    async def slow(method: str, path: str, **options: Any) -> bytes:
        await may_answer.wait()
        return await ask(method, path, **options)

    cluster.api.request = slow
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await tell(pilot, *robot())
        await until(lambda: app.joined, pilot)
        await pilot.press("3", "tab", "r", "slash", *"gatewa")
        may_answer.set()
        await until(lambda: "was not asked" in " ".join(screen_text(app).split()), pilot)
        await pilot.press("y")
        assert isinstance(app.screen, TableScreen) and cluster.api.sent == []


async def test_marks_of_kinds_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    cluster = FakeCluster()
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(110, 30), notifications=True) as pilot:
        await tell(pilot, *robot())
        await until(lambda: app.joined, pilot)
        await pilot.press("space", "down", "space", "s")
        await until(lambda: "not for a" in " ".join(screen_text(app).split()), pilot)
        assert cluster.api.sent == []


async def test_a_row_that_another_namespace_hides_is_not_shown_as_gone(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        pods = (a_pod("alpha", namespace="one"), a_pod("omega", namespace="two"))
        await tell(pilot, *everything_listed(), heard("pods", *pods))
        await pilot.press("3")
        app.parts.namespace = "two"
        app.screen_changed()
        await pilot.pause()
        text = screen_text(app)
        assert "omega" in text and "alpha" not in text and "gone" not in text


async def test_usage_that_is_no_longer_read_says_its_age_and_why(tmp_path: Path) -> None:
    clock = Clock()
    app = make_app(tmp_path, clock=clock)
    async with app.run_test(size=(110, 30)) as pilot:
        used = {"spot-core": Usage(1.0, 2**30, NOW, "metrics.k8s.io")}
        await tell(pilot, *robot(), UsageHeard(used, {}, NOW))
        clock.now += 3600
        await tell(pilot, UsageHeard({}, {}, clock.now, "metrics-server is gone."))
        assert "numbers are 60m old: metrics-server is gone." in screen_text(app)

"""GitOps shows what Argo CD says, how old that is, what it means, and leads on from each resource."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spottui.app import SpottuiApp
from spottui.errors import SpottuiError, Unreachable
from spottui.events import Event
from spottui.records import Condition, Owner, Target
from spottui.records_argocd import AppProject, AppResource, AppSource, CommitWords, Deployed, Operation, SyncWindow
from spottui.screens.gitops import by_parent
from spottui.verdicts.manifest import LAST_APPLIED

from .app_case import (
    NOW,
    Clock,
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

A, B = "a" * 40, "b" * 40
DOWN = 'failed to list refs: Get "https://git.x/nav.git/info/refs": dial tcp: lookup git.x: no such host'
SOURCE = (AppSource(repo="https://git.x/nav.git", path="deploy", target_revision="main"),)


def an_app(folder: Path, **more: Any) -> SpottuiApp:
    """Return the app; which lists are looked at is told to nobody."""
    app = make_app(folder, **more)
    app.parts.look_at = app.parts.look_away = lambda kind: None
    return app


def a_project(*windows: SyncWindow, name: str = "default") -> AppProject:
    return AppProject(uid=f"project-{name}", name=name, namespace="argocd", created_at=NOW, windows=windows)


def nav(**more: Any) -> Any:
    resources = (
        AppResource(kind="Deployment", group="apps", name="planner", namespace="robot", sync="OutOfSync"),
        AppResource(kind="ConfigMap", name="map", namespace="robot", sync="Synced"),
        AppResource(kind="Widget", group="x.io", name="w", namespace="robot", sync="OutOfSync", is_pruned=True),
    )
    history = (
        Deployed(id=4, revision=B, at=NOW - 9000, initiated_by="ana", sources=SOURCE),
        Deployed(id=5, revision=A, started_at=NOW - 615, at=NOW - 600, automated=True, sources=SOURCE),
    )
    known: dict[str, Any] = {
        "sync": "OutOfSync",
        "revision": B.replace("b", "c"),
        "deployed_revision": A,
        "deployed_at": NOW - 600,
        "destination_namespace": "robot",
        "repo": "https://git.x/nav.git",
        "resources": resources,
        "resource_count": 3,
        "out_of_sync": (),
        "history": history,
        "sources": SOURCE,
        "operation": Operation(phase="Succeeded", finished_at=NOW - 600, initiated_by="ana", revision=A),
    }
    return an_application("nav", **{**known, **more})


def cluster(*apps: Any, windows: Sequence[SyncWindow] = ()) -> list[Event]:
    planner = a_deployment("planner", total=1)
    replicas = a_replica_set("planner-1", planner)
    pod = a_pod("planner-1-x", well=False, owner=Owner("ReplicaSet", replicas.name, replicas.uid))
    return [
        *everything_listed(),
        heard("deployments", planner),
        heard("replicasets", replicas),
        heard("pods", pod),
        heard("appprojects", a_project(*windows)),
        heard("applications", *apps),
    ]


def lost(**more: Any) -> Any:
    said = (Condition("ComparisonError", "True", "", DOWN, NOW - 20),)
    return nav(sync="Unknown", revision="main", conditions=said, **more)


def test_children_stand_below_their_parent_also_when_names_are_equal_or_go_in_a_circle() -> None:
    root = an_application("root")
    child = an_application("child", parent="Application/root")
    other = an_application("child", uid="other", namespace="team", parent="ApplicationSet/fleet")
    one, two = (an_application(name, parent=f"Application/{of}") for name, of in (("x", "y"), ("y", "x")))
    rows, depths = by_parent([child, other, two, root, one])
    assert [row.uid for row in rows] == ["other", root.uid, child.uid, one.uid, two.uid] or len(rows) == 5
    assert (depths[child.uid], depths["other"], depths[root.uid]) == (1, 0, 0)
    assert {row.uid for row in rows} == {"other", root.uid, child.uid, one.uid, two.uid}


async def test_the_row_says_how_far_it_is_behind_and_the_pane_why(tmp_path: Path) -> None:
    deny = SyncWindow(kind="deny", schedule="* * * * *", duration="2h", applications=("*",), description="flight hours")
    async with an_app(tmp_path).run_test(size=(80, 24)) as pilot:
        await tell(pilot, *cluster(nav(), windows=(deny,)))
        await pilot.press("5")
        await until(lambda: "flight hours" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "≥1" in text and "aaaaaaa is deployed, git has ccccccc" in " ".join(text.split())
        assert "No sync runs" in text and "update window:" in text


async def test_while_sync_is_unknown_the_last_good_state_stays_dated_and_nothing_is_to_prune(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(100, 40)) as pilot:
        await tell(pilot, *cluster(nav(reconciled_at=NOW - 300)))
        await tell(pilot, heard("applications", lost()))
        await pilot.press("5")
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "OFFLINE" in text and "git.x cannot be reached from the robot" in text
        assert "last known 5m ago: OutOfSync" in text
        await pilot.press("enter")
        await until(lambda: "Deployment/planner" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "prune" not in text.replace("prune on", "").replace("prune off", "") and "3 not compared" in text


async def test_the_tree_shows_health_and_enter_goes_to_the_object(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        await tell(pilot, *cluster(nav()))
        await pilot.press("5", "enter")
        await until(lambda: "Pod/planner-1-x" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "Degraded" in text and "to prune" in text and "does not read a" in text
        await pilot.press("j", "j", "enter")
        await until(lambda: "[3 Workloads]" in screen_text(pilot.app), pilot)
        await until(lambda: pilot.app.screen.table().selected_uid == "pod-planner-1-x", pilot)  # type: ignore[attr-defined]


async def test_logs_events_and_a_refusal_for_what_has_no_logs(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        await tell(pilot, *cluster(nav()))
        await pilot.press("5", "enter")
        await until(lambda: "Pod/planner-1-x" in screen_text(pilot.app), pilot)
        await pilot.press("l")
        await until(lambda: type(pilot.app.screen).__name__ == "LogScreen", pilot)
        await pilot.press("escape")
        await until(lambda: "Deployment/planner" in screen_text(pilot.app), pilot)
        await pilot.press("e")
        await until(lambda: "Events of deployment/planner" in screen_text(pilot.app), pilot)
        await pilot.press("escape", "G", "l")
        await until(lambda: any("A Widget has no logs" in one.message for one in pilot.app._notifications), pilot)


def live_planner(image: str) -> dict[str, Any]:
    wanted = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "planner"},
        "spec": {"image": "r/p:1"},
    }
    meta = {"name": "planner", "annotations": {LAST_APPLIED: json.dumps(wanted)}}
    return {**wanted, "metadata": meta, "spec": {"image": image}}


async def test_without_argocd_server_the_diff_is_against_the_last_apply_and_says_so(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    async with app.run_test(size=(100, 40)) as pilot:

        async def fetch(target: Target) -> dict[str, Any]:
            assert (target.kind, target.name, target.namespace) == ("Deployment", "planner", "robot")
            return live_planner("r/p:hand")

        app.parts.fetch = fetch
        await tell(pilot, *cluster(nav()))
        await pilot.press("5", "enter")
        await until(lambda: "Pod/planner-1-x" in screen_text(pilot.app), pilot)
        await pilot.press("D")
        await until(lambda: "r/p:hand" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "The Kubernetes API does not give the target; argocd-server does: [argocd] url" in text
        assert "+1 -1" in text and "changed in the cluster since it was applied" in text


async def test_with_argocd_server_the_diff_is_against_git_and_a_failure_is_a_sentence(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    async with app.run_test(size=(100, 40)) as pilot:
        wanted = {"kind": "Deployment", "spec": {"image": "r/p:2"}}
        found = {"kind": "Deployment", "spec": {"image": "r/p:1"}}
        row = {"group": "apps", "kind": "Deployment", "namespace": "robot", "name": "planner", "liveState": found}
        row |= {"targetState": wanted, "normalizedLiveState": found, "predictedLiveState": wanted}
        answers: list[Any] = [[row, {"kind": "Job", "hook": True}], Unreachable("https://argo does not answer.")]

        async def targets(target: Target) -> list[dict[str, Any]]:
            answer = answers.pop(0)
            if isinstance(answer, SpottuiError):
                raise answer
            return answer

        app.parts.app_targets = targets
        await tell(pilot, *cluster(nav()))
        await pilot.press("5", "D")
        await until(lambda: "r/p:2" in screen_text(pilot.app), pilot)
        assert "Live against git" in screen_text(pilot.app)
        await pilot.press("escape", "D")
        await until(lambda: "https://argo does not answer." in screen_text(pilot.app), pilot)


async def test_the_history_has_commits_where_they_are_known_and_offers_the_way_back(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:

        async def commit(target: Target, revision: str) -> CommitWords:
            if revision == A:
                raise Unreachable("Argo CD cannot reach git.")
            return CommitWords(author="Ana", at=NOW - 9100, message="planner: 40 cm\nmore")

        app.parts.app_commit = commit
        await tell(pilot, *cluster(nav(auto_sync=True)))
        await pilot.press("5", "R")
        await until(lambda: "planner: 40 cm" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "auto-sync" in text and "This is what is deployed." in text and "commit message: ? Argo CD" in text
        await pilot.press("R")
        await until(lambda: len(app._notifications) == 1, pilot)
        await pilot.press("j")
        await until(lambda: "a rollback turns it off" in screen_text(pilot.app), pilot)


async def test_without_argocd_server_a_commit_is_a_question_mark_with_its_reason(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        await tell(pilot, *cluster(nav()))
        await pilot.press("5", "enter")
        await until(lambda: "commit message: ? the Kubernetes API does not give it" in screen_text(pilot.app), pilot)


ODD: list[tuple[Any, tuple[SyncWindow, ...], str]] = [
    (an_application("nav", sync="", health="", reconciled_at=None), (), "no status yet"),
    (an_application("nav", sync="Sideways", health="Purring"), (), "Purring"),
    (an_application("nav", project="gone"), (), "project gone is not there"),
    (
        an_application("nav"),
        (SyncWindow(kind="allow", schedule="every tuesday", duration="1h", applications=("*",)),),
        'its schedule "every tuesday" cannot be read',
    ),
    (an_application("nav", reconciled_at=NOW + 7200), (), "compared 2.0 h from now"),
    (an_application("nav", reconciled_at=NOW - 420), (), "what it says is old"),
    (an_application("nav", conditions=(Condition("Odd", "True", "", "x" * 2000),)), (), "xxxx"),
]


async def test_what_is_odd_is_a_sentence(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(130, 40)) as pilot:
        await tell(pilot, *everything_listed())
        await pilot.press("5")
        for app, windows, said in ODD:
            await tell(pilot, heard("appprojects", a_project(*windows)), heard("applications", app))
            await until(lambda said=said: said in screen_text(pilot.app), pilot)


async def test_a_clock_that_jumps_back_leaves_the_screens_standing(tmp_path: Path) -> None:
    clock = Clock()
    async with an_app(tmp_path, clock=clock).run_test(size=(100, 40)) as pilot:
        await tell(pilot, *cluster(nav()))
        await pilot.press("5")
        clock.now = 60.0
        pilot.app.screen.show_all()  # type: ignore[attr-defined]
        await until(lambda: "from now: this computer's clock or the robot's is wrong" in screen_text(pilot.app), pilot)


async def test_lists_are_read_only_while_a_tree_needs_them(tmp_path: Path) -> None:
    app, looked = an_app(tmp_path), list[str]()
    app.parts.look_at = lambda kind: looked.append(f"+{kind}")
    app.parts.look_away = lambda kind: looked.append(f"-{kind}")
    async with app.run_test(size=(100, 40)) as pilot:
        await tell(pilot, *cluster(nav()))
        await pilot.press("5", "enter")
        await until(lambda: looked == ["+configmaps"], pilot)
        await pilot.press("escape")
        await until(lambda: looked == ["+configmaps", "-configmaps"], pilot)


async def test_an_application_that_is_deleted_while_it_is_open_is_said_to_be_gone(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(100, 40)) as pilot:
        await tell(pilot, *cluster(nav()))
        await pilot.press("5", "enter")
        await until(lambda: "Deployment/planner" in screen_text(pilot.app), pilot)
        await tell(pilot, everything_listed()[1 + _place("applications")])
        await until(lambda: "GONE" in screen_text(pilot.app), pilot)
        await pilot.press("escape")
        await until(lambda: "[5 GitOps]" in screen_text(pilot.app), pilot)


def _place(kind: str) -> int:
    from spottui.store_kinds import KINDS

    return KINDS.index(kind)

"""GitOps says what made an Application, which windows count, and whose health it shows."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

from spottui.app import SpottuiApp
from spottui.errors import Unreachable
from spottui.events import AccessChanged, ArgoSettingsHeard
from spottui.records import Access, Condition, Target
from spottui.records_appsets import ApplicationSet, SetStep
from spottui.records_argocd import AppProject, AppResource, ArgoSettings, GlobalProject, SyncWindow, TreeNode
from tests.actions.fake_api import FakeApi

from .app_case import (
    NOW,
    Clock,
    FakeCluster,
    an_application,
    everything_listed,
    heard,
    make_app,
    screen_text,
    tell,
    until,
)

OFFLINE = 'error generating params from git: Get "https://git.x/f.git/info/refs": dial tcp: lookup git.x: no such host'
DENY = SyncWindow(kind="deny", schedule="* * * * *", duration="2h", applications=("*",), description="flight hours")
SHUT = SyncWindow(kind="allow", schedule="0 0 1 1 *", duration="1m", applications=("*",), description="new year")


class WithoutSettings(FakeApi):
    """Never answers to who asks for Argo CD's settings: here the tests tell them."""

    async def request(self, method: str, path: str, **options: Any) -> bytes:
        if path.endswith("argocd-cm"):
            await asyncio.Event().wait()
        return await super().request(method, path, **options)


def an_app(folder: Path, **more: Any) -> SpottuiApp:
    app = make_app(folder, cluster=FakeCluster(WithoutSettings()), **more)
    app.parts.look_at = app.parts.look_away = lambda kind: None
    return app


def fleet(**more: Any) -> ApplicationSet:
    well = (Condition("ErrorOccurred", "False"), Condition("ResourcesUpToDate", "True"))
    known: dict[str, Any] = {"uid": "set", "namespace": "argocd", "created_at": NOW, "conditions": well}
    return ApplicationSet(name="fleet", **{**known, "generators": ("git", "list"), **more})


def child(**more: Any) -> Any:
    return an_application("nav", **{"parent": "ApplicationSet/fleet", "reconciled_at": NOW - 5, **more})


def a_project(name: str = "default", *windows: SyncWindow, **labels: str) -> AppProject:
    return AppProject(
        uid=f"project-{name}", name=name, namespace="argocd", created_at=NOW, windows=windows, labels=labels
    )


def settings(*named: str, why: str = "", **more: Any) -> ArgoSettingsHeard:
    projects = None if why else tuple(GlobalProject(project=name) for name in named)
    known = ArgoSettings(namespace="argocd", heard_at=NOW, global_projects=projects, why=why, **more)
    return ArgoSettingsHeard(known)


def flat(app: Any) -> str:
    return " ".join(screen_text(app).split())


async def test_the_detail_says_which_set_made_it_and_what_that_does_to_edits(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        step = SetStep(application="nav", status="Waiting", step="2", message="waits for step 1")
        one = fleet(is_rolling=True, steps=(step,))
        await tell(pilot, *everything_listed(), heard("applicationsets", one), heard("applications", child()))
        await pilot.press("5", "enter")
        await until(lambda: "made by:" in screen_text(pilot.app), pilot)
        text = flat(pilot.app)
        assert "ApplicationSet fleet (git, list) up to date 1 Application, sets edits of their spec back" in text
        assert "progressive sync: step 2, Waiting waits for step 1" in text


async def test_a_set_that_cannot_generate_says_why_in_the_pane_and_on_the_overview(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        ill = fleet(conditions=(Condition("ErrorOccurred", "True", "", OFFLINE, NOW - 60),))
        await tell(pilot, *everything_listed(), heard("applicationsets", ill), heard("applications", child()))
        await until(lambda: "appset fleet" in screen_text(pilot.app), pilot)
        await pilot.press("5")
        await until(lambda: "git.x cannot be reached from the robot" in flat(pilot.app), pilot)
        assert "What it made goes on" in flat(pilot.app)


async def test_sets_have_a_table_of_their_own(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        ill = fleet(uid="two", namespace="team", conditions=(Condition("ErrorOccurred", "True", "Odd", "no such key"),))
        events = [heard("applicationsets", fleet(), ill), heard("applications", child())]
        await tell(pilot, *everything_listed(), *events)
        await pilot.press("5", "tab")
        await until(lambda: "APPLICATIONSET" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "up to date" in text and "OTHER" in text and "No such key" in text
        row = next(line for line in text.splitlines() if "fleet" in line and "up to date" in line)
        assert row.split()[:1] == ["fleet"] and " 1 " in row
        await pilot.press("exclamation_mark")
        await until(lambda: "up to date" not in screen_text(pilot.app), pilot)
        await pilot.press("exclamation_mark", "enter")
        await until(lambda: "applicationset/fleet" in screen_text(pilot.app), pilot)


async def test_sets_that_are_not_there_or_not_to_be_seen_are_said_and_are_no_finding(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        await tell(pilot, *everything_listed(), heard("applications", child()))
        await pilot.press("5", "enter")
        await until(lambda: "it is not there any more" in flat(pilot.app), pilot)
        for state, reason in (("forbidden", "You may not list applicationsets."), ("absent", "There is no such kind.")):
            access = Access(state, reason)  # type: ignore[arg-type]
            await tell(pilot, AccessChanged("applicationsets", access))
            await until(lambda reason=reason: f"ApplicationSet fleet ? {reason}" in flat(pilot.app), pilot)
        await tell(pilot, AccessChanged("applicationsets", Access("forbidden", "You may not list applicationsets.")))
        await pilot.press("escape", "1")
        await until(lambda: "[1 Overview]" in screen_text(pilot.app), pilot)
        assert "you may not see" not in screen_text(pilot.app)


async def test_an_app_of_apps_above_is_named_with_its_state_and_what_it_does(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        root = an_application("root", self_heal=True, auto_sync=True, sync="OutOfSync")
        leaf = child(parent="Application/root")
        lost = an_application("zlost", parent="Application/gone")
        await tell(pilot, *everything_listed(), heard("applications", root, leaf, lost))
        await pilot.press("5", "j")
        said = "made by: Application root OutOfSync Healthy its self-heal sets edits of this one back"
        await until(lambda: said in flat(pilot.app), pilot)
        await pilot.press("G")
        await until(lambda: "made by: Application gone it is not there any more" in flat(pilot.app), pilot)


async def test_windows_of_global_projects_count(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        projects = heard("appprojects", a_project(), a_project("fleet", DENY))
        await tell(pilot, *everything_listed(), projects, settings("fleet"), heard("applications", child()))
        await pilot.press("5")
        await until(lambda: 'No sync runs: the deny window "flight hours" is open' in flat(pilot.app), pilot)
        await tell(pilot, settings())
        await until(lambda: "none of project default is about it" in flat(pilot.app), pilot)


async def test_without_the_right_to_read_the_settings_nothing_is_said_to_be_open(tmp_path: Path) -> None:
    why = settings(why="You may not get argocd-cm.")
    allow = SyncWindow(kind="allow", schedule="* * * * *", duration="2h", applications=("*",))
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        await tell(pilot, *everything_listed(), heard("appprojects", a_project()), why, heard("applications", child()))
        await pilot.press("5")
        said = "global projects unknown: You may not get argocd-cm."
        await until(lambda: f"? the project has none about it; {said}" in flat(pilot.app), pilot)
        await tell(pilot, heard("appprojects", a_project("default", allow)))
        await until(lambda: f"? the project's own let a sync by hand run; {said}" in flat(pilot.app), pilot)
        assert "may run" not in flat(pilot.app).replace("auto-sync may run", "")
        await tell(pilot, heard("appprojects", a_project("default", DENY)))
        await until(lambda: 'No sync runs: the deny window "flight hours" is open' in flat(pilot.app), pilot)
        assert said in flat(pilot.app)


async def test_windows_and_ages_go_by_the_clusters_clock_also_when_ours_jumps(tmp_path: Path) -> None:
    clock = Clock()
    app = an_app(tmp_path, clock=clock)
    hour = NOW // 3600 * 3600
    half: dict[str, Any] = {"kind": "allow", "schedule": "0 * * * *", "duration": "30m", "description": "half hours"}
    opens = SyncWindow(applications=("*",), **half)
    async with app.run_test(size=(150, 40)) as pilot:
        passed = itertools.count()  # as a real clock, it never says the same twice
        app.parts.cluster_clock = lambda: hour + 600.0 + next(passed) / 1000
        clock.now = hour + 45 * 60.0
        one = child(reconciled_at=hour + 590.0)
        projects = heard("appprojects", a_project("default", opens))
        await tell(pilot, *everything_listed(), projects, settings(), heard("applications", one))
        await pilot.press("5")
        await until(lambda: "a sync by hand and auto-sync may run" in flat(pilot.app), pilot)
        await until(lambda: "closes 19m" in flat(pilot.app), pilot)
        assert "what it says is old" not in flat(pilot.app)
        clock.now -= 40 * 86400
        pilot.app.screen.show_all()  # type: ignore[attr-defined]
        await pilot.pause()
        text = flat(pilot.app)
        assert "auto-sync may run" in text and "from now" not in text and "compared 10s ago" in text
        app.parts.cluster_clock = lambda: hour + 40 * 60.0 + next(passed) / 1000
        pilot.app.screen.show_all()  # type: ignore[attr-defined]
        await until(lambda: 'the allow window "half hours" is not open' in flat(pilot.app), pilot)
        assert "what it says is old" in flat(pilot.app) and "opens 19m" in flat(pilot.app)


async def test_an_argo_cd_that_compares_seldom_is_not_called_old(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(120, 40)) as pilot:
        one = child(reconciled_at=NOW - 400)
        base = (heard("appprojects", a_project()), heard("applications", one))
        await tell(pilot, *everything_listed(), *base)
        await until(lambda: "last compared with git" in flat(pilot.app), pilot)
        await pilot.press("5")
        for known, is_old in ((settings(resync=600.0), False), (settings(resync=None), False), (settings(), True)):
            await tell(pilot, known)
            await until(lambda is_old=is_old: ("what it says is old" in flat(pilot.app)) is is_old, pilot)


async def test_health_of_further_kinds_comes_from_argocd_server_and_says_so(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    widget = AppResource(kind="Widget", group="x.io", name="w", namespace="robot", sync="Synced")
    answers: list[Any] = [Unreachable("https://argo does not answer."), ()]
    clock = Clock()
    app = an_app(tmp_path, clock=clock)
    async with app.run_test(size=(140, 40)) as pilot:
        nodes = (
            TreeNode(kind="Widget", group="x.io", name="w", namespace="robot", uid="w", health="Degraded"),
            TreeNode(kind="Gear", group="x.io", name="g", namespace="robot", uid="g", parents=("w",), health="Healthy"),
        )

        async def tree(target: Target) -> Any:
            assert target.name == "nav"
            answer = answers.pop(0) or nodes
            if isinstance(answer, Unreachable):
                raise answer
            return answer

        app.parts.app_tree = tree
        await tell(pilot, *everything_listed(), heard("applications", child(resources=(widget,), resource_count=1)))
        await pilot.press("5", "enter")
        await until(lambda: "health of further kinds: ? https://argo does not answer." in flat(pilot.app), pilot)
        clock.now += 20
        await until(lambda: "Gear/g" in screen_text(pilot.app), pilot)
        text = flat(pilot.app)
        assert "Degraded" in text and "does not answer" not in text
        await pilot.press("j")
        assert make_app(tmp_path / "other").parts.app_tree is None

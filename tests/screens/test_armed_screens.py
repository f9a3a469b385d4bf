"""Arming on the screens: offered when a sync had better wait, asked about, listed, cancelled, seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from spottui.errors import SpottuiError
from spottui.events import LinkDown, LinkUp, RobotHeard
from spottui.records import Namespace
from spottui.records_argocd import AppProject, SyncWindow
from spottui.records_armed import ArmedSync, Conditions
from spottui.screens.arm import ArmScreen, seconds_of
from spottui.screens.armed import ArmedScreen
from spottui.screens.confirm import ConfirmScreen, TypeNameScreen
from spottui.widgets.tick import Tick
from tests.screens.app_case import (
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
from tests.verdicts.robot_make import a_robot

APP = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/camera"
SHUT = SyncWindow(kind="deny", schedule="* * * * *", duration="1h", applications=("*",))


def flat(app: Any) -> str:
    """Return the screen's text as one line, without the frames of dialogs."""
    return " ".join(screen_text(app).replace("│", " ").split())


def events(*windows: SyncWindow) -> list[Any]:
    spaces = Namespace(uid="c-1", name="kube-system", namespace="", created_at=None)
    project = AppProject(uid="p", name="default", namespace="argocd", created_at=None, windows=windows)
    camera = an_application("camera", sync="OutOfSync")
    everything = [heard("namespaces", spaces), heard("appprojects", project), heard("applications", camera)]
    return [
        LinkUp("kube", 0.012, NOW),
        *(one for one in everything_listed() if not isinstance(one, LinkUp)),
        *everything,
    ]


def kept(folder: Path) -> list[dict[str, Any]]:
    """Return what is armed on the disk."""
    path = folder / ".local/state/spottui/armed/armed-c-1.json"
    return json.loads(path.read_text())["entries"] if path.exists() else []


def outcomes(folder: Path) -> list[tuple[str, str]]:
    lines = (folder / ".local/state/spottui/audit.jsonl").read_text().splitlines()
    return [(row["action"], row["outcome"]) for row in map(json.loads, lines)]


@pytest.fixture
def cluster() -> FakeCluster:
    one = FakeCluster()
    one.api.put(
        APP,
        {
            "metadata": {"name": "camera", "namespace": "argocd", "uid": "application-camera"},
            "spec": {"project": "default"},
            "status": {"sync": {"status": "OutOfSync"}},
        },
    )
    return one


async def offered(pilot: Any, *more: Any) -> None:
    """Go to the Applications, press s, wait for the offer."""
    await tell(pilot, *events(), *more)
    await pilot.press("5", "s")
    await until(lambda: isinstance(pilot.app.screen, ArmScreen), pilot)


WRONG = (
    ("expires", "soon", "It expires in a time such as 8h"),
    ("seconds", "", "A number of seconds from 0 to 3600"),
    ("revision", "a b; rm", "The revision is a commit"),
)
DOWN = LinkDown("kube", "no route to host", NOW)


async def test_offline_a_sync_is_offered_to_be_armed_and_stands_in_the_header(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    app = make_app(tmp_path, cluster=cluster)
    async with app.run_test(size=(80, 24)) as pilot:
        await offered(pilot, DOWN)
        assert "no link to the cluster: no route to host" in flat(app)
        assert "Sync now" not in flat(app), "there is no way to send it now"
        assert app.focused is not None and app.focused.id == "no"
        await pilot.press("y")
        await until(lambda: kept(tmp_path), pilot)
        await until(lambda: "armed 1" in screen_text(app), pilot)
        (one,) = kept(tmp_path)
        assert (one["name"], one["state"], one["revision"], one["cluster"]) == ("camera", "waiting", "", "c-1")
        assert one["conditions"] == {"link_up": 30.0, "update_window": False, "sync_window": True, "charge": None}
        assert one["expires_at"] == NOW + 8 * 3600 and one["armed_by"].startswith("ana@")
        assert outcomes(tmp_path) == [("application.arm", "asked"), ("application.arm", "done")]
        assert cluster.api.sent == [], "arming changes nothing in the cluster"
        await pilot.press("9")
        await until(lambda: "application.arm done" in screen_text(app), pilot)


async def test_cancel_has_the_focus_and_what_cannot_be_taken_is_said(tmp_path: Path, cluster: FakeCluster) -> None:
    app = make_app(tmp_path, cluster=cluster)
    async with app.run_test() as pilot:
        await offered(pilot, DOWN)
        for key in ("enter", "escape", "n"):
            await pilot.press(key)
            await until(lambda: not isinstance(app.screen, ArmScreen), pilot)
            await pilot.press("s")
            await until(lambda: isinstance(app.screen, ArmScreen), pilot)
        for line, text, said in WRONG:
            field = app.screen.query_one(f"#{line}", Input)
            before, field.value = field.value, text
            await pilot.press("y")
            await until(lambda said=said: said in flat(app), pilot)
            field.value = before
        assert isinstance(app.screen, ArmScreen) and kept(tmp_path) == [] and app.parts.lock.is_locked


async def test_all_conditions_can_be_chosen(tmp_path: Path, cluster: FakeCluster) -> None:
    app = make_app(tmp_path, cluster=cluster, armed__min_charge="35", armed__expires_hours="2")
    async with app.run_test() as pilot:
        await offered(pilot, RobotHeard(a_robot(), NOW), DOWN)
        boxes = list(app.screen.query(Tick))
        assert [box.value for box in boxes] == [True, True, True, True]
        boxes[1].focus()
        await pilot.press("space")
        for name, text in (("seconds", "5"), ("revision", "v1.2"), ("expires", "90m")):
            app.screen.query_one(f"#{name}", Input).value = text
        app.screen.query_one("#no").focus()
        await pilot.press("y")
        await until(lambda: kept(tmp_path), pilot)
        (one,) = kept(tmp_path)
        assert one["conditions"] == {"link_up": 5.0, "update_window": True, "sync_window": False, "charge": 35.0}
        assert one["revision"] == "v1.2" and one["expires_at"] == NOW + 5400


async def test_in_hold_it_is_offered_and_may_be_sent_now_all_the_same(tmp_path: Path, cluster: FakeCluster) -> None:
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test() as pilot:
        await offered(pilot, RobotHeard(a_robot(), NOW))
        assert "update window:" in flat(app) and "s Sync now" in flat(app)
        await pilot.press("s")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        assert "Sync application/camera" in flat(app) and kept(tmp_path) == []


async def test_in_hold_the_question_of_a_deploying_command_that_cannot_be_armed_says_so(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test() as pilot:
        await tell(pilot, *events(), RobotHeard(a_robot(), NOW))
        await pilot.press("5", "colon", *"prune", "enter")
        await until(lambda: isinstance(app.screen, TypeNameScreen), pilot)
        await until(lambda: "Not a good time: update window:" in flat(app), pilot)
        await pilot.press("escape", "colon", *"dry-run", "enter")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        await until(lambda: "Dry-run a sync of" in flat(app), pilot)
        assert "Not a good time" not in flat(app)


async def test_only_a_shut_sync_window_or_nothing_at_all_speaks_against_it(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    app = make_app(tmp_path, cluster=cluster)
    async with app.run_test() as pilot:
        await tell(pilot, *events(SHUT))
        await pilot.press("5", "s")
        await until(lambda: isinstance(app.screen, ArmScreen), pilot)
        assert "the deny window" in flat(app)
        await pilot.press("escape")
        await tell(pilot, *events())
        await pilot.press("s")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)


async def test_one_is_not_offered_twice_listed_with_what_it_waits_for_and_taken_back(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    app = make_app(tmp_path, cluster=cluster)
    async with app.run_test() as pilot:
        await offered(pilot, DOWN)
        await pilot.press("y")
        await until(lambda: "armed 1" in screen_text(app), pilot)
        await pilot.press("s")
        await until(lambda: any("camera is armed since" in one.message for one in app._notifications), pilot)
        assert len(kept(tmp_path)) == 1
        await app.armed.look()
        await pilot.press("colon", *"armed", "enter")
        await until(lambda: isinstance(app.screen, ArmedScreen), pilot)
        text = flat(app)
        assert (
            "argocd/camera to newest" in text and "waits: no link to the cluster" in text and "expires in 8h00m" in text
        )
        await pilot.press("x")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        await pilot.press("y")
        await until(lambda: kept(tmp_path)[0]["state"] == "cancelled", pilot)
        await until(lambda: "cancelled" in flat(app), pilot)
        await pilot.press("escape")
        await until(lambda: "armed 1" not in screen_text(app), pilot)


async def test_a_result_is_in_the_header_until_it_is_seen(tmp_path: Path, cluster: FakeCluster) -> None:
    clock = Clock()
    app = make_app(tmp_path, cluster=cluster, clock=clock)
    async with app.run_test() as pilot:
        await offered(pilot, DOWN)
        await pilot.press("y")
        await until(lambda: "armed 1" in screen_text(app), pilot)
        clock.now += 8 * 3600
        await app.armed.look()
        await until(lambda: "armed: result" in screen_text(app), pilot)
        await pilot.press("colon", *"armed", "enter")
        await until(lambda: "expired" in flat(app) and "NEW" in flat(app), pilot)
        await pilot.press("space")
        await until(lambda: kept(tmp_path)[0]["seen"], pilot)
        await pilot.press("escape")
        await until(lambda: "armed: result" not in screen_text(app), pilot)


async def test_the_next_start_without_a_link_shows_what_is_armed(tmp_path: Path, cluster: FakeCluster) -> None:
    app = make_app(tmp_path, cluster=cluster)
    async with app.run_test() as pilot:
        await offered(pilot, DOWN)
        await pilot.press("y")
        await until(lambda: "armed 1" in screen_text(app), pilot)
    app = make_app(tmp_path, cluster=FakeCluster())
    async with app.run_test() as pilot:
        await tell(pilot, DOWN)
        await app.armed.look()
        await until(lambda: "armed 1" in screen_text(app), pilot)


class Listed:
    """Armed syncs that only lie there."""

    problem = ""

    def __init__(self, *items: ArmedSync) -> None:
        self.items = items

    def waits(self, armed_id: str) -> tuple[str, ...]:
        return ()


def test_hostile_texts_are_drawn_as_they_are() -> None:
    from spottui.screens.armed import armed_lines

    one = ArmedSync(
        id="1", namespace="a", name="[bold]x[/]", uid="u", cluster="c", server="s", context="", armed_at=NOW,
        armed_by="ana", expires_at=NOW, state="failed", ended_at=NOW, result="[link=x]y", conditions=Conditions(),
    )  # fmt: skip
    text = "\n".join("".join(span[0] for span in line) for line in armed_lines(Listed(one), NOW, "1"))  # type: ignore[arg-type]
    assert "a/[bold]x[/] to newest" in text and "result: [link=x]y" in text


@pytest.mark.parametrize(
    ("text", "seconds"), [("8h", 28800), ("8", 28800), ("90m", 5400), ("1h30m", 5400), ("0.5", 1800)]
)
def test_times_are_read_as_they_are_written(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-1h", "1s", "169h", "1d", "٣h"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(SpottuiError):
        seconds_of(text)

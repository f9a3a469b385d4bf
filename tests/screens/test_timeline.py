"""The Timeline's screen: filters, jumps to the object, its history, days, and staying at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from spottui.events import LinkDown, RobotHeard
from spottui.records import Command, Container, KubeEvent, Owner, Target
from spottui.records_robot import Dock, Robot
from spottui.records_timeline import TimelineEntry
from spottui.screens.timeline import TimelineScreen
from spottui.verdicts.changes_words import entry
from tests.screens.app_case import (
    NOW,
    a_deployment,
    a_node,
    a_pod,
    a_replica_set,
    everything_listed,
    heard,
    make_app,
    screen_text,
    tell,
    until,
)

SIZE = (110, 24)


def restarted(name: str, restarts: int, **fields: Any) -> Any:
    main = Container(name="main", image="img:1", state="running", ready=True, restarts=restarts, last_exit_code=1)
    return a_pod(name, containers=(main,), **fields)


def lines(pilot: Any) -> list[str]:
    """Return the rows of the table as they stand on the screen."""
    return screen_text(pilot.app).splitlines()[3:-3]


def shown(pilot: Any) -> Any:
    """Return the screen that is current now."""
    return pilot.app.screen


def store_of(pilot: Any) -> Any:
    return pilot.app.store


def note(pilot: Any, *entries: TimelineEntry) -> None:
    pilot.app.store.timeline.note(*entries)
    pilot.app.store.flush()


def a_line(number: int, at: float, tone: Any = "", what: str = "event", target: Target | None = None) -> TimelineEntry:
    return entry(f"u{number}", at, tone, what, f"robot/{number}", f"text {number}", target)


async def on_timeline(pilot: Any) -> TimelineScreen:
    await pilot.press("9")
    await until(lambda: isinstance(pilot.app.screen, TimelineScreen), pilot)
    await pilot.pause()
    return pilot.app.screen


async def test_the_newest_is_last_and_the_cursor_stays_there_until_one_moves(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed())
        screen = await on_timeline(pilot)
        note(pilot, *(a_line(number, NOW + number) for number in range(60)))
        await pilot.pause()
        assert screen.table().selected_uid == "u59" and "text 59" in lines(pilot)[-1]
        await pilot.press("k", "k")
        note(pilot, a_line(60, NOW + 60))
        await pilot.pause()
        assert screen.table().selected_uid == "u57" and "not at the end (G)" in screen_text(pilot.app)
        await pilot.press("G")
        note(pilot, a_line(61, NOW + 61))
        await pilot.pause()
        assert screen.table().selected_uid == "u61" and "not at the end" not in screen_text(pilot.app)


async def test_days_are_separated_also_when_a_filter_narrows(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed())
        await on_timeline(pilot)
        note(pilot, a_line(1, NOW - 86400, "bad"), a_line(2, NOW), a_line(3, NOW + 1, "warn"))
        await pilot.pause()
        days = [row for row in lines(pilot) if "January 2027" in row]
        assert len(days) == 2 and "Timeline  3" in screen_text(pilot.app)
        await pilot.press("slash", *"text 3", "enter")
        await until(lambda: "Timeline  1 of 3" in screen_text(pilot.app), pilot)
        assert len([row for row in lines(pilot) if "January 2027" in row]) == 1
        await pilot.press("escape", "exclamation_mark")
        await until(lambda: "Timeline  2 of 3" in screen_text(pilot.app), pilot)
        assert len([row for row in lines(pilot) if "January 2027" in row]) == 2


async def test_one_kind_of_event_is_chosen_and_taken_back(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), LinkDown("robot", "no route", NOW))
        await on_timeline(pilot)
        note(pilot, a_line(1, NOW), a_line(2, NOW, what="sync"))
        await pilot.press("t")
        await until(lambda: "Kind of event" in screen_text(pilot.app), pilot)
        await pilot.press(*"sync", "enter")
        await until(lambda: "1 of 3" in screen_text(pilot.app), pilot)
        assert "text 2" in screen_text(pilot.app) and "text 1" not in screen_text(pilot.app)
        await pilot.press("escape")
        await until(lambda: "text 1" in screen_text(pilot.app), pilot)


async def test_enter_goes_to_the_objects_row(tmp_path: Path) -> None:
    async with make_app(tmp_path, cluster__namespace="elsewhere").run_test(size=SIZE) as pilot:
        pods = [a_pod(f"p{number}") for number in range(40)]
        await tell(pilot, *everything_listed(), heard("pods", *pods), heard("nodes", a_node()))
        await tell(pilot, heard("pods", restarted("p30", 1), at=NOW + 5))
        await on_timeline(pilot)
        await pilot.press("enter")
        await until(lambda: shown(pilot).NAME == "workloads", pilot)
        await until(lambda: shown(pilot).table().selected_uid == "pod-p30", pilot)


async def test_enter_on_a_replica_sets_line_goes_to_its_deployment(tmp_path: Path) -> None:
    deployment = a_deployment("cam")
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("deployments", deployment, a_deployment("zoo")))
        await tell(pilot, heard("replicasets", a_replica_set("cam-1", deployment)))
        await on_timeline(pilot)
        target = Target(kind="ReplicaSet", namespace="robot", name="cam-1", uid="rs-cam-1")
        note(pilot, a_line(1, NOW, target=target))
        await pilot.pause()
        await pilot.press("enter")
        await until(lambda: shown(pilot).NAME == "workloads", pilot)
        assert shown(pilot).table().selected_uid == deployment.uid


async def test_enter_on_the_robots_line_shows_the_robot(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), RobotHeard(Robot(address="r", dock=Dock(status="docked")), NOW))
        await tell(pilot, RobotHeard(Robot(address="r", dock=Dock(status="undocked")), NOW + 1))
        await on_timeline(pilot)
        assert "undocked" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(lambda: shown(pilot).NAME == "robot", pilot)


async def test_enter_on_what_is_gone_says_so(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod("cam")))
        await tell(pilot, heard("pods", restarted("cam", 1), at=NOW + 5))
        store_of(pilot).apply(replace(heard("pods"), gone=("pod-cam",)))
        await on_timeline(pilot)
        await pilot.press("enter")
        await until(lambda: any("pod/cam in robot is gone" in one.message for one in pilot.app._notifications), pilot)
        assert shown(pilot).NAME == "timeline"


async def test_enter_on_a_kind_without_a_screen_says_so(tmp_path: Path) -> None:
    event = KubeEvent(
        uid="e",
        name="e",
        namespace="robot",
        created_at=NOW,
        type="Warning",
        reason="ProvisioningFailed",
        message="no class",
        object_kind="PersistentVolumeClaim",
        object_name="maps",
        last_at=NOW,
    )
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("events", event))
        await on_timeline(pilot)
        await pilot.press("enter")
        said = "No screen here shows a PersistentVolumeClaim."
        await until(lambda: any(said in one.message for one in pilot.app._notifications), pilot)


async def test_h_on_a_pod_shows_the_history_of_it_and_its_owners(tmp_path: Path) -> None:
    deployment = a_deployment("cam")
    sets = a_replica_set("cam-1", deployment)
    owner = Owner("ReplicaSet", sets.name, sets.uid)
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("deployments", deployment), heard("replicasets", sets))
        await tell(pilot, heard("pods", a_pod("cam-1-a", owner=owner), a_pod("cam-1-b", owner=owner), a_pod("other")))
        await tell(pilot, heard("pods", restarted("cam-1-a", 1, owner=owner), restarted("other", 3), at=NOW + 1))
        await tell(pilot, heard("pods", restarted("cam-1-b", 2, owner=owner), at=NOW + 2))
        await tell(pilot, heard("deployments", a_deployment("cam", images=("cam:2",)), at=NOW + 3))
        await pilot.press("3", "g")
        await until(lambda: shown(pilot).NAME == "workloads", pilot)
        assert shown(pilot).table().select("pod-cam-1-a")
        await pilot.press("h")
        await until(lambda: "history of pod/cam-1-a" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "main restarted, 1 in all" in text and "new cam:2" in text
        assert "3 in all" not in text and "2 in all" not in text
        await pilot.press("G", "h")  # the deployment's line: its pods belong to its history
        await until(lambda: "history of deployment/cam" in screen_text(pilot.app), pilot)
        text = screen_text(pilot.app)
        assert "1 in all" in text and "2 in all" in text and "3 in all" not in text
        await pilot.press("escape")
        await until(lambda: "3 in all" in screen_text(pilot.app), pilot)


async def test_counts_and_what_was_not_seen_are_said_and_all_of_it_fits_80_by_24(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(80, 24)) as pilot:
        await tell(pilot, *everything_listed())
        await on_timeline(pilot)
        note(pilot, replace(a_line(1, NOW, "warn"), count=12, until=NOW + 60), replace(a_line(2, NOW + 1), unseen=34.0))
        await pilot.pause()
        rows = screen_text(pilot.app).splitlines()
        assert any("x12 text" in row for row in rows) and any("(not seen for 34s) text" in row for row in rows)
        assert all(len(row) <= 80 for row in rows)


async def test_an_own_command_leads_to_what_it_was_aimed_at(tmp_path: Path) -> None:
    from spottui.events import CommandHeard

    deployment = a_deployment("cam")
    target = Target(kind="Deployment", namespace="robot", name="cam", uid=deployment.uid)
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed(), heard("deployments", deployment))
        await tell(pilot, CommandHeard(Command(id="1", at=NOW, action="Restart", target=target, outcome="done")))
        await on_timeline(pilot)
        await pilot.press("enter")
        await until(lambda: shown(pilot).NAME == "workloads", pilot)
        assert shown(pilot).table().selected_uid == deployment.uid


async def test_what_an_earlier_spottui_heard_is_there_and_said_to_be_from_before(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed())
        note(pilot, a_line(7, NOW - 60, "bad"))
    async with make_app(tmp_path).run_test(size=SIZE) as pilot:
        await tell(pilot, *everything_listed())
        await on_timeline(pilot)
        await until(lambda: "text 7" in screen_text(pilot.app), pilot)
        assert "spottui started; nothing was watched for" in screen_text(pilot.app)
        await pilot.press("slash", *"text 7", "enter", "d")
        await until(lambda: "an earlier spottui" in screen_text(pilot.app), pilot)

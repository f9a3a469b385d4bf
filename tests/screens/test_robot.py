"""Screen 7 and what the Overview tells of the robot, with fakes at the borders."""

from __future__ import annotations

from pathlib import Path

import pytest

from spottui.events import (
    Event,
    GpusHeard,
    LinkDown,
    LinksHeard,
    LinkUp,
    ProbesHeard,
    RobotHeard,
    SourceFailed,
    UsageHeard,
)
from spottui.records import Container, Usage
from spottui.records_gpu import Gpu, Gpus
from spottui.records_links import Links, Modem, Probe, Wifi
from spottui.records_mission import Mission
from spottui.records_robot import Fault
from tests.screens.app_case import (
    NOW,
    Clock,
    a_node,
    a_pod,
    an_application,
    everything_listed,
    heard,
    make_app,
    screen_text,
    tell,
    until,
)
from tests.verdicts.robot_make import CORE_IO, a_robot

PROFILE = '[[payloads]]\nname = "Spot CAM+"\n[[sources]]\nkind = "image"\nname = "thermal"\n'

# -- the screen --------------------------------------------------------------------------------------


async def test_without_a_robot_the_screen_says_calmly_how_to_get_one(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await tell(pilot, *everything_listed())
        await pilot.press("7")
        await until(lambda: "No robot is configured." in screen_text(app), pilot)
        assert "spottui --robot" in screen_text(app) and "[robot]" in screen_text(app)
        await pilot.press("5")
        await until(lambda: "update window: HOLD unknown: no robot is configured" in screen_text(app), pilot)
        await pilot.press("1")
        await until(lambda: "Nothing needs attention" in screen_text(app), pilot)


async def test_it_works_without_a_cluster(tmp_path: Path) -> None:
    app = make_app(tmp_path, problem="There is no kubeconfig.")
    async with app.run_test(size=(80, 24)) as pilot:
        await tell(pilot, RobotHeard(a_robot(NOW), NOW))
        await pilot.press("7")
        await until(lambda: "81 %  ● charging" in screen_text(app), pilot)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (LinkDown("robot", "192.168.80.3: no route to host", NOW), "no route to host"),
        (SourceFailed("robot", "spottui's source robot stopped.", NOW), "source robot stopped"),
        (LinkUp("robot", None, NOW), "Waiting for the robot"),
    ],
)
async def test_a_robot_that_was_never_heard_says_why(tmp_path: Path, event: Event, words: str) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await tell(pilot, *everything_listed(), event)
        await pilot.press("7")
        await until(lambda: words in screen_text(app), pilot)


@pytest.mark.parametrize(("size", "beside"), [((80, 24), False), ((160, 48), True)])
async def test_there_is_one_column_or_two_and_no_line_is_too_wide(
    tmp_path: Path, size: tuple[int, int], beside: bool
) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=size) as pilot:
        await tell(pilot, *everything_listed(), RobotHeard(a_robot(NOW), NOW))
        await pilot.press("7")
        await until(lambda: "Battery" in screen_text(app), pilot)
        rows = screen_text(app).splitlines()
        assert any(row.startswith(" Window") and "Profile" in row for row in rows) is beside
        assert all(len(row) <= size[0] for row in rows)


async def test_the_window_opens_before_ones_eyes_and_shuts_when_the_robot_is_silent(tmp_path: Path) -> None:
    clock = Clock()
    app = make_app(tmp_path, clock=clock)
    async with app.run_test(size=(110, 30)) as pilot:
        await tell(pilot, *everything_listed(), heard("applications", an_application("nav")))
        for _ in range(3):
            clock.now += 1
            await tell(pilot, RobotHeard(a_robot(clock.now), clock.now))
        assert "update window: HOLD: it must stay so for 10 s" in screen_text(app)
        for _ in range(10):
            clock.now += 1
            await tell(pilot, RobotHeard(a_robot(clock.now), clock.now))
        assert "update window: OPEN (docked, charging, link up)" in screen_text(app)
        clock.now += 6
        app.screen.on_second()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "update window: HOLD: the robot's state is more than 5 s old" in screen_text(app)
        assert "window HOLD" in screen_text(app).splitlines()[0]


async def test_the_overview_draws_the_history_of_the_node_and_the_robots_findings(tmp_path: Path) -> None:
    clock = Clock()
    app = make_app(tmp_path, clock=clock)
    async with app.run_test(size=(110, 30)) as pilot:
        node = a_node(allocatable_cpu=4.0, allocatable_memory=4 * 2**30)
        gpus = Gpus(reader="host", heard_at=NOW, gpus=(Gpu(name="g", uid="1", node="spot-core", used=50.0),))
        await tell(pilot, *everything_listed(), heard("nodes", node), GpusHeard(gpus))
        for cores in (0.0, 1.0, 2.0, 3.9):
            usage = {"spot-core": Usage(cores, 2 * 2**30, NOW, "kubelet")}
            await tell(pilot, UsageHeard(usage, {}, NOW))
        assert "cpu         ▁▃▅█ 98%  mem         ▅▅▅▅ 2.0Gi/4.0Gi  gpu         ▅▅▅▅ 50%" in screen_text(app)
        before = screen_text(app)
        clock.now += 1
        await tell(pilot, heard("nodes", node))
        assert screen_text(app) == before  # no new sample: nothing moves
        fault = Fault(kind="behavior", id="1", name="fall", severity="critical")
        await tell(pilot, RobotHeard(a_robot(clock.now, faults=(fault,)), clock.now))
        assert "behaviour fault fall" in screen_text(app) and "✖ 1 fault" in screen_text(app)
        clock.now += 1
        await tell(pilot, RobotHeard(a_robot(clock.now), clock.now))
        assert "Needs attention  0" in screen_text(app) and "1 fault" not in screen_text(app)


async def test_the_overview_tells_the_links_in_one_line(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(110, 30)) as pilot:
        await tell(pilot, *everything_listed(), heard("nodes", a_node()))
        assert "Links  " not in screen_text(app)
        links = Links(
            heard_at=NOW,
            wifis=(Wifi(interface="wlan0", signal=-61.0),),
            modems=(Modem(name="wwan0", source="modemStats", technology="5gnr", sinr=14.0),),
        )
        probes = (
            Probe(id="a", kind="git", name="a", url="u", state="good", round_trip=0.061),
            Probe(id="b", kind="git", name="b", url="u", state="down", reason="no route"),
            Probe(id="c", kind="registry", name="c", url="u", state="good", round_trip=0.03),
        )
        await tell(pilot, LinksHeard(links), ProbesHeard(probes, NOW), heard("nodes", a_node("b")))
        assert "Links     wlan0 -61 dBm · wwan0 5gnr SINR 14 dB · git down · registry good 30 ms" in screen_text(app)


async def test_a_pod_that_waits_for_a_sensor_says_so_as_soon_as_the_robot_is_heard(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    crash = Container(name="main", state="waiting", reason="CrashLoopBackOff", restarts=7, last_exit_code=3)
    async with app.run_test(size=(160, 30)) as pilot:
        pod = a_pod("cam", well=False, containers=(crash,), annotations={"spottui.dev/needs-sensor": "thermal"})
        await tell(pilot, *everything_listed(), heard("pods", pod))
        assert "not known whether it is there: no robot is configured" in screen_text(app)
        await tell(pilot, RobotHeard(a_robot(NOW), NOW))
        cause = "CrashLoopBackOff: waits for sensor thermal: not present (main ended with exit code 3"
        assert cause in screen_text(app)


async def test_a_paused_mission_is_accepted_only_after_a_question(tmp_path: Path) -> None:
    clock = Clock()
    app = make_app(tmp_path, clock=clock)
    async with app.run_test(size=(110, 40)) as pilot:
        await tell(pilot, *everything_listed())
        await pilot.press("7")
        await pilot.press("A")
        await until(lambda: any("No mission is paused" in one.message for one in app._notifications), pilot)
        await tell(pilot, RobotHeard(a_robot(NOW, mission=Mission(status="paused", id=3)), NOW))
        assert "A accept the pause" in screen_text(app) and "the mission is paused" in screen_text(app)
        await pilot.press("A")
        await until(lambda: "take this paused mission" in screen_text(app), pilot)
        await pilot.press("enter")  # Cancel has the focus
        await until(lambda: "take this paused mission" not in screen_text(app), pilot)
        assert not app.store.watch.is_pause_accepted
        await pilot.press("A")
        await until(lambda: "take this paused mission" in screen_text(app), pilot)
        await pilot.press("tab", "enter")
        await until(lambda: app.store.watch.is_pause_accepted, pilot)
        assert "accept the pause" not in screen_text(app).splitlines()[-1]
        assert any("accepted as stopped" in entry.text for entry in app.store.timeline)


async def test_a_profile_that_is_wrong_is_told_at_the_start(tmp_path: Path) -> None:
    from spottui.errors import BadConfig

    file = tmp_path / "p.toml"
    with pytest.raises(BadConfig, match="there is no such robot profile"):
        make_app(tmp_path, robot__profile=str(file))
    file.write_text("payloads = 3\n")
    with pytest.raises(BadConfig, match=r"p\.toml: payloads: write"):
        make_app(tmp_path, robot__profile=str(file))
    file.write_bytes(b"\xff")
    with pytest.raises(BadConfig, match="not UTF-8"):
        make_app(tmp_path, robot__profile=str(file))
    file.write_text(PROFILE)
    app = make_app(tmp_path, robot__profile=str(file), window__steady_seconds="30")
    assert app.store.watch.profile is not None and app.store.watch.limits.steady_seconds == 30
    assert CORE_IO.name == "CORE I/O"

"""The store follows the robot: the update window opens after a while, shuts at once and expires by itself."""

from __future__ import annotations

from typing import Any

from spottui.events import GpusHeard, LinkDown, LinkUp, ProbesHeard, RobotHeard, UsageHeard
from spottui.records import Usage
from spottui.records_gpu import Gpu, Gpus
from spottui.records_links import Probe
from spottui.records_mission import Mission
from spottui.records_robot import Dock, Power
from spottui.store import Store
from spottui.store_robot import RobotWatch
from spottui.store_usage import NODES
from spottui.verdicts.profile import parse_profile
from spottui.verdicts.window_table import Thresholds
from tests.verdicts.make import NOW
from tests.verdicts.robot_make import a_robot

AWAY = {"dock": Dock(status="undocked"), "power": Power(motors="off", runtime=5000.0)}


def hear(store: Store, after: float, **fields: Any) -> float:
    """Have the store hear a robot `after` seconds past NOW; return that time."""
    at = NOW + after
    store.apply(RobotHeard(a_robot(at, **fields), at))
    return at


def opened(seconds: int = 12) -> Store:
    """Return a store that heard a resting robot once a second, with a link."""
    store = Store()
    store.apply(LinkUp("kube", 0.1, NOW))
    for after in range(seconds + 1):
        hear(store, after)
    return store


def said(store: Store) -> list[str]:
    return [entry.text for entry in store.timeline if entry.what == "window"]


def test_before_a_robot_is_heard_the_window_is_a_calm_hold() -> None:
    window = Store().watch.window(NOW)
    assert (window.is_open, window.is_known) == (False, False)


def test_the_window_opens_after_ten_seconds_and_the_timeline_says_so() -> None:
    store = opened(9)
    assert not store.watch.window(NOW + 9).is_open
    assert hear(store, 10) and store.watch.window(NOW + 10).is_open
    assert said(store) == ["update window OPEN: docked, charging, link up"]


def test_it_expires_without_any_event() -> None:
    store = opened()
    assert store.watch.window(NOW + 17).is_open
    assert not store.watch.window(NOW + 17.1).is_open
    hear(store, 18)
    assert not store.watch.window(NOW + 18).is_open  # and must stand anew
    assert said(store)[-1].startswith("update window HOLD: it must stay so for 10 s")


def test_a_lost_link_shuts_it_and_the_way_back_takes_ten_seconds() -> None:
    store = opened()
    store.apply(LinkDown("kube", "no route", NOW + 12.5))
    assert store.watch.window(NOW + 12.5).reasons == ("no link to the cluster: no route",)
    store.apply(LinkUp("kube", 0.1, NOW + 13))
    assert not store.watch.window(NOW + 13).is_open
    for after in range(13, 24):
        hear(store, after)
    assert store.watch.window(NOW + 23).is_open


def test_the_link_of_another_source_is_not_the_clusters() -> None:
    store = opened()
    store.apply(LinkDown("host", "x", NOW + 12))
    assert store.watch.window(NOW + 12).is_open


def test_git_that_is_no_longer_reached_shuts_it() -> None:
    store = opened()
    git = Probe(id="g", kind="git", name="git.example", url="u", state="down", answered_at=NOW, reason="no route")
    store.apply(ProbesHeard((git,), NOW + 12))
    assert store.watch.window(NOW + 12).reasons == ("no link to git.example: no route",)


def test_the_thresholds_are_those_given() -> None:
    store = Store(RobotWatch(limits=Thresholds(steady_seconds=3)))
    store.apply(LinkUp("kube", 0.1, NOW))
    for after in range(4):
        hear(store, after)
    assert store.watch.window(NOW + 3).is_open


def test_a_paused_mission_counts_as_stopped_only_once_it_was_accepted_and_until_it_goes_on() -> None:
    store = Store()
    store.apply(LinkUp("kube", 0.1, NOW))
    paused = {**AWAY, "mission": Mission(status="paused", id=4)}
    for after in range(12):
        hear(store, after, **paused)
    assert store.watch.window(NOW + 11).reasons == ("the mission is paused",)
    assert store.accept_pause(NOW + 11)
    for after in range(12, 24):
        hear(store, after, **paused)
    assert store.watch.window(NOW + 23).is_open
    hear(store, 24, **{**AWAY, "mission": Mission(status="running", id=4)})
    for after in range(25, 40):
        hear(store, after, **paused)
    assert not store.watch.window(NOW + 39).is_open  # another pause wants another word


def test_the_acceptance_is_for_that_mission_alone() -> None:
    store = Store()
    assert not store.accept_pause(NOW)
    hear(store, 0, mission=Mission(status="running", id=4))
    assert not store.accept_pause(NOW)
    hear(store, 1, mission=Mission(status="paused", id=4))
    assert store.accept_pause(NOW + 1)
    hear(store, 2, mission=Mission(status="paused", id=5))
    assert not store.watch.is_pause_accepted


def test_the_profile_is_held_against_each_word_of_the_robot() -> None:
    profile = parse_profile('[[payloads]]\nname = "Spot CAM+"\n[[payloads]]\nname = "CORE I/O"\n', "p")
    store = Store(RobotWatch(profile))
    assert store.watch.view is None
    hear(store, 0)
    assert [(one.name, one.word) for one in store.watch.diff.differences] == [
        ("Spot CAM+", "missing"),
        ("EAP 2", "unexpected"),
    ]
    hear(store, 1, payloads=())
    assert [one.word for one in store.watch.diff.differences] == ["missing", "missing"]
    assert store.watch.sensor("Spot CAM+").state == "absent"
    store.watch.expect(None)
    assert store.watch.diff.differences == ()


# -- curves ------------------------------------------------------------------------------------------


def usage(cpu: float | None = 1.0) -> Usage:
    return Usage(cpu, 2**30, NOW, "kubelet")


def test_each_reading_of_the_metrics_is_one_sample_and_a_failed_one_a_gap() -> None:
    store = Store()
    store.apply(GpusHeard(Gpus(reader="cluster", heard_at=NOW, gpus=(Gpu(name="g", uid="1", node="a", used=70.0),))))
    store.apply(UsageHeard({"a": usage(1.0), "b": usage(2.0)}, {}, NOW))
    store.apply(UsageHeard({}, {}, NOW, "no link"))
    store.apply(UsageHeard({"a": usage(3.0)}, {}, NOW))
    assert list(store.histories.of("node.a.cpu")) == [1.0, None, 3.0]
    assert list(store.histories.of("node.a.gpu")) == [70.0, None, 70.0]
    assert list(store.histories.of("node.b.cpu")) == [2.0, None]
    assert list(store.histories.of("node.b.gpu")) == []


def test_a_cluster_of_thousands_keeps_the_curves_of_a_few_nodes() -> None:
    store = Store()
    store.histories.add("host.cpu", 1.0)
    for _ in range(3):
        store.apply(UsageHeard({f"n{number}": usage() for number in range(2000)}, {}, NOW))
    kept = [number for number in range(2000) if store.histories.of(f"node.n{number}.cpu")]
    assert len(kept) == NODES
    assert list(store.histories.of("host.cpu")) == [1.0]

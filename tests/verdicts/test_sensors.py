"""A workload that needs a sensor waits for it, and says so instead of a bare crash loop."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from spottui.records import Access, Finding, Pod
from spottui.records_robot import Robot
from spottui.verdicts.findings import find
from spottui.verdicts.pod_status import pod_status
from spottui.verdicts.profile import Profile, parse_profile
from spottui.verdicts.sensors import NEEDS_SENSOR, needed_sensors, sensor_state
from tests.verdicts.make import NOW, a_pod, ended, running, waiting
from tests.verdicts.robot_make import CLOUD, CORE_IO, EAP, FRONT, IMAGE, VELODYNE, a_robot, live
from tests.verdicts.test_profile import FULL

PROFILE = parse_profile(FULL, "p")
CRASH = waiting("CrashLoopBackOff", restarts=4, last_exit_code=3, last_reason="Error", last_finished_at=NOW - 50)


def found(pod: Pod, robot: Robot | None, profile: Profile | None = PROFILE) -> Finding | None:
    every = find(
        pods={pod.uid: pod},
        statuses={pod.uid: pod_status(pod)},
        workloads={},
        nodes={},
        applications={},
        events={},
        access={},
        now=NOW,
        sensor_of=lambda name: sensor_state(name, robot, profile),
    )
    return every[0] if every else None


def needing(names: str, *containers: Any, **more: Any) -> Pod:
    return a_pod(*(containers or (CRASH,)), annotations={NEEDS_SENSOR: names}, **more)


def text(pod: Pod, robot: Robot | None, profile: Profile | None = PROFILE) -> str:
    finding = found(pod, robot, profile)
    return "" if finding is None else finding.text


def test_names_are_parted_by_commas_and_told_once() -> None:
    assert needed_sensors(needing(" lidar, frontleft ,,lidar")) == ("lidar", "frontleft")
    assert needed_sensors(a_pod(CRASH)) == ()


def test_an_absent_sensor_is_the_cause_and_a_restart_is_not_offered() -> None:
    finding = found(needing("thermal"), a_robot())
    assert finding is not None
    assert (
        finding.text
        == "CrashLoopBackOff: waits for sensor thermal: not present (main ended with exit code 3, 4 times so far)."
    )
    assert finding.key == "⏎ open"
    assert "thermal on 7 Robot" in finding.advice


def test_a_sensor_that_works_leaves_the_cause_as_it_is() -> None:
    for name in ("lidar", "FrontLeft", "frontleft_fisheye_image", "EAP 2", "velodyne-point-cloud", CORE_IO.guid):
        finding = found(needing(name), a_robot())
        assert finding is not None
        assert (finding.text, finding.key) == (
            "CrashLoopBackOff: main ended with exit code 3, 4 times so far.",
            "r restart",
        ), name


def test_without_a_profile_the_robots_own_names_count() -> None:
    assert text(needing("EAP 2"), a_robot(), None) == "CrashLoopBackOff: main ended with exit code 3, 4 times so far."
    assert "sensor lidar: not present" in text(needing("lidar"), a_robot(), None)


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("lidar", {"payloads": (CORE_IO, replace(EAP, is_enabled=False))}, "payload EAP 2 is disabled"),
        ("lidar", {"payloads": (CORE_IO, replace(EAP, is_authorized=False))}, "payload EAP 2 is unauthorised"),
        (
            "velodyne-point-cloud",
            {"services": (IMAGE, replace(VELODYNE, heard_at=NOW - 100))},
            "service velodyne-point-cloud is not alive",
        ),
        (
            "velodyne-point-cloud",
            {"sensors": (FRONT, replace(CLOUD, has_data=False))},
            "velodyne-point-cloud gives no data",
        ),
        ("frontleft", {"sensors": (CLOUD,)}, "not present"),
        ("lidar", {"payloads": (CORE_IO,)}, "not present"),
    ],
)
def test_a_sensor_that_is_there_and_does_not_work_is_told_in_which_way(
    name: str, fields: dict[str, Any], said: str
) -> None:
    expected = f"CrashLoopBackOff: waits for sensor {name}: {said} (main ended with exit code 3, 4 times so far)."
    assert text(needing(name), a_robot(**fields)) == expected


def test_of_several_things_under_one_name_all_must_be_there() -> None:
    both = FULL.replace('name = "velodyne-point-cloud"\ntype', 'name = "velodyne-point-cloud"\nsensor = "lidar"\ntype')
    profile = parse_profile(both, "p")
    assert sensor_state("lidar", a_robot(), profile).state == "present"
    assert sensor_state("lidar", a_robot(services=(IMAGE,)), profile).state == "absent"


def test_two_absent_sensors_are_both_told() -> None:
    said = text(needing("thermal,gas"), a_robot())
    assert said.startswith(
        "CrashLoopBackOff: waits for sensor thermal: not present, waits for sensor gas: not present ("
    )


def test_without_a_robot_it_is_said_that_nobody_knows() -> None:
    assert text(needing("lidar"), None) == (
        "CrashLoopBackOff: main ended with exit code 3, 4 times so far; "
        "needs sensor lidar, not known whether it is there: no robot is configured."
    )


def test_a_part_that_was_not_heard_is_unknown() -> None:
    access = {**live(), "sensors": Access("forbidden", "no", None)}
    state = sensor_state("thermal", a_robot(sensors=None, access=access), PROFILE)
    assert (state.state, state.reason) == ("unknown", "the robot's sensors: not permitted")


def test_what_a_silent_robot_had_is_dated() -> None:
    access = {**live(), "sensors": Access("stale", "no link", NOW - 600)}
    assert "not present when the robot was last heard" in text(needing("thermal"), a_robot(access=access))


@pytest.mark.parametrize(
    "pod",
    [
        needing("thermal", waiting("ImagePullBackOff", image="r/x:1", message="x")),
        needing("thermal", ended(137, "OOMKilled", memory_limit=2**20)),
        needing("thermal", running(), deleted_at=NOW - 900),
    ],
)
def test_what_a_sensor_cannot_cause_keeps_its_own_cause(pod: Pod) -> None:
    assert "thermal" not in text(pod, a_robot())


def test_a_pod_that_is_well_is_silent_whatever_is_missing() -> None:
    assert found(needing("thermal", running()), a_robot()) is None

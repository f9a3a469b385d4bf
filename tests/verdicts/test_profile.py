"""A profile says what is expected, and the robot is held against it; bad profiles are told in full."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spottui.errors import BadConfig
from spottui.records import Access
from spottui.records_robot import Payload, Robot, SensorSource, Service
from spottui.verdicts.profile import Profile, parse_profile, version_fits
from spottui.verdicts.profile_diff import Diff, compare
from tests.verdicts.make import NOW
from tests.verdicts.robot_make import CLOUD, CORE, CORE_IO, EAP, FRONT, IMAGE, LIDAR, VELODYNE, a_robot, live

FULL = f"""
serial = "spot-BD-1"
software = "5.1"
ignore = ["spot-cam-*"]

[[payloads]]
name = "CORE I/O"
guid = "{CORE.upper()}"
version = "4.0"

[[payloads]]
name = "EAP 2"
sensor = "lidar"

[[services]]
name = "velodyne-point-cloud"
type = "bosdyn.api.PointCloudService"

[[sources]]
kind = "image"
service = "image"
name = "frontleft_fisheye_image"
sensor = "frontleft"

[[sources]]
kind = "point-cloud"
name = "velodyne-point-cloud"
"""


def words(profile: str, robot: Robot) -> list[str]:
    """Return the differences as "kind name: word"."""
    return [f"{one.kind} {one.name}: {one.word}" for one in compare(parse_profile(profile, "p"), robot).differences]


# -- the file ----------------------------------------------------------------------------------------


def test_a_profile_is_read_in_full() -> None:
    profile = parse_profile(FULL, "p.toml")
    assert (profile.serial, profile.software, profile.ignore) == ("spot-BD-1", "5.1", ("spot-cam-*",))
    assert [one.guid for one in profile.payloads] == [CORE, ""]
    assert [one.sensor for one in (*profile.payloads, *profile.sources)] == ["", "lidar", "frontleft", ""]
    assert [one.kind for one in profile.sources] == ["image", "point-cloud"]


def test_an_empty_profile_expects_nothing() -> None:
    assert parse_profile("", "p.toml") == Profile()


def test_all_that_is_wrong_is_told_at_once_with_the_remedy() -> None:
    text = """
softwear = "5"
serial = 3
ignore = "x"
[[payloads]]
version = "1"
[[payloads]]
nam = "x"
[[services]]
type = "t"
[[sources]]
kind = "lidar"
name = "x"
"""
    with pytest.raises(BadConfig) as caught:
        parse_profile(text, "p.toml")
    assert str(caught.value).splitlines() == [
        "p.toml: softwear: there is no such key; did you mean software?",
        "p.toml: serial: must be a text that is not empty.",
        'p.toml: ignore: must be a list of names, such as ["spot-cam-*"].',
        "p.toml: payloads 1: needs a name or a guid.",
        "p.toml: payloads 2: nam: there is no such key; did you mean name?",
        "p.toml: payloads 2: needs a name or a guid.",
        "p.toml: services 1: needs a name.",
        "p.toml: sources 1: kind: must be one of image, point-cloud, data.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = [", "is not valid TOML"),
        ('payloads = "x"', 'payloads: write "[[payloads]]" and its keys below'),
        ("[payloads]\nname = 'x'", 'payloads: write "[[payloads]]"'),
        ("[[services]]\nname = 'x'\n[[services]]\nname = 'x'", "services: x is there more than once."),
        ("software = ''", "software: must be a text that is not empty."),
        ('software = "5\\u001b[2J"', "software: must be a text"),
    ],
)
def test_a_broken_profile_is_told(text: str, said: str) -> None:
    with pytest.raises(BadConfig, match=r"^p\.toml: ") as caught:
        parse_profile(text, "p.toml")
    assert said in str(caught.value)


VALUES = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "kind"]), inner)),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["serial", "ignore", "payloads", "services", "sources", "x"]), VALUES))
def test_no_document_is_more_than_a_problem(document: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda text: document)
        try:
            assert isinstance(parse_profile("", "p"), Profile)
        except BadConfig as error:
            assert str(error)


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [("4.0.1", "4.0", True), ("4.0.1", "4.0.1", True), ("4.01", "4.0", False), ("", "4", False), ("4.1", "", True)],
)
def test_a_version_fits_its_own_beginning(version: str, wanted: str, fits: bool) -> None:
    assert version_fits(version, wanted) is fits


# -- the difference ----------------------------------------------------------------------------------


def test_of_a_kind_that_the_profile_does_not_mention_nothing_is_unexpected() -> None:
    assert words("", a_robot()) == []


def test_a_data_source_is_no_news_to_a_profile_of_cameras() -> None:
    modem = SensorSource(kind="data", service="velodyne-point-cloud", name="modem")
    assert words(FULL, a_robot(sensors=(FRONT, CLOUD, modem))) == []


def test_a_robot_as_expected_differs_in_nothing() -> None:
    assert compare(parse_profile(FULL, "p"), a_robot()) == Diff()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"payloads": (CORE_IO,)}, ["payload EAP 2: missing"]),
        (
            {"payloads": (CORE_IO, EAP, Payload(guid="3", name="Arm", is_authorized=True, is_enabled=True))},
            ["payload Arm: unexpected"],
        ),
        ({"payloads": (CORE_IO, replace(EAP, is_authorized=False))}, ["payload EAP 2: unauthorised"]),
        ({"payloads": (CORE_IO, replace(EAP, is_enabled=False))}, ["payload EAP 2: disabled"]),
        ({"payloads": (replace(CORE_IO, version="3.3.0"), EAP)}, ["payload CORE I/O: wrong version"]),
        ({"services": (IMAGE,)}, ["service velodyne-point-cloud: missing"]),
        ({"services": (IMAGE, replace(VELODYNE, type="x"))}, ["service velodyne-point-cloud: missing"]),
        ({"services": (IMAGE, replace(VELODYNE, heard_at=NOW - 76))}, ["service velodyne-point-cloud: not alive"]),
        (
            {"services": (IMAGE, VELODYNE, Service(name="gas", type="t", payload=LIDAR))},
            ["service gas: unexpected"],
        ),
        ({"services": (IMAGE, VELODYNE, Service(name="docking", type="t"))}, []),  # the robot's own
        ({"sensors": (CLOUD,)}, ["source frontleft_fisheye_image: missing"]),
        ({"sensors": (FRONT, replace(CLOUD, has_data=False))}, ["source velodyne-point-cloud: not alive"]),
        (
            {"sensors": (FRONT, CLOUD, SensorSource(kind="image", service="velodyne-point-cloud", name="depth"))},
            ["source depth: unexpected"],
        ),
        ({"sensors": (FRONT, CLOUD, SensorSource(kind="image", service="image", name="back"))}, []),
        (
            {"services": (IMAGE, VELODYNE, Service(name="spot-cam-image", type="t", payload=LIDAR))},
            [],  # ignored
        ),
    ],
)
def test_each_way_to_differ_has_its_word(fields: dict[str, Any], said: list[str]) -> None:
    assert words(FULL, a_robot(**fields)) == said


def test_another_robot_and_another_release_are_told() -> None:
    other = 'serial = "spot-BD-2"\nsoftware = "5.2"\n'
    assert words(other, a_robot()) == ["robot spot-07: unexpected", "robot spot-07: wrong version"]


def test_heartbeats_count_by_when_the_directory_was_heard() -> None:
    """A directory that was heard ten minutes ago says nothing of the heartbeats since."""
    late = a_robot(at=NOW - 600)
    assert words(FULL, late) == []


def test_a_part_that_cannot_be_read_is_unknown_and_not_missing() -> None:
    access = {**live(), "payloads": Access("forbidden", "no", None), "sensors": Access("waiting", "", None)}
    diff = compare(parse_profile(FULL, "p"), a_robot(payloads=None, sensors=None, identity=None, access=access))
    assert diff.differences == ()
    assert dict(diff.unknown) == {"identity": "not said", "payloads": "not permitted", "sensors": "not heard yet"}

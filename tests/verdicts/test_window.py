"""The update window opens for nothing but what its table allows; every combination is held against the table.

Each input is a word; `PARTS` makes it a record, `SHUT` and `OPEN` are the table once more, in words.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spottui.records import Access
from spottui.records_mission import Mission
from spottui.records_robot import Dock, Fault, Lease, Power, Robot
from spottui.verdicts.window import LinkState, Verdict, judge
from spottui.verdicts.window_table import LOG_SECONDS, Thresholds
from tests.verdicts.make import NOW
from tests.verdicts.robot_make import a_battery, a_robot, fault, live, question, running

LIMITS = Thresholds()
UP = LinkState(True)
INFO = ("Waiting for charge", "info")


DOCKS: dict[str, Dock | None] = {
    "docked+connected": Dock(status="docked", power="connected"),
    "docked+error": Dock(status="docked", power="error"),
    "docked+unknown": Dock(status="docked", power="unknown(7)"),
    "undocked": Dock(status="undocked", power="connected"),
    "docking": Dock(status="docking"),
    "undocking": Dock(status="undocking"),
    "unknown": Dock(),
    "not said": None,
    "old": Dock(status="docked", power="connected"),
}
MISSIONS: dict[str, Mission | None] = {
    **{word: Mission(status=word) for word in ("none", "success", "stopped", "failure", "paused", "error", "unknown")},
    "running, says info": running(INFO),
    "running, silent": running(),
    "running, says warn": running(INFO, ("I slip", "warn")),
    "running, asks": running(INFO, asks=(question(),)),
    "running, asks software": running(INFO, asks=(question(autonomous=True),)),
    "old": Mission(status="none"),
}
LEASES: dict[str, tuple[Lease, ...] | None] = {
    "free": (Lease(resource="body"), Lease(resource="arm", client="tablet")),
    "held": (Lease(resource="body", client="tablet"),),
    "stale": (Lease(resource="body", client="tablet", is_stale=True),),
    "no body": (Lease(resource="arm"),),
    "old": (Lease(resource="body"),),
}
MOTORS = ("off", "on", "powering_on", "powering_off", "error", "unknown")
BEHAVIORS = ("not_ready", "standing", "transition", "stepping", "unknown")
FAULTS: dict[str, tuple[Fault, ...] | None] = {
    "none": (),
    "small": (*fault("system", "warn"), *fault("service", "critical")),
    "behaviour": fault("behavior", "unknown"),
    "critical": fault("system"),
    "no severity": fault("system", "unknown"),
    "cleared": (*fault("system", is_active=False), *fault("behavior", is_active=False)),
    "not said": None,
}
BATTERIES: dict[str, Any] = {
    "full": ((a_battery(90.0, "discharging"),), 5000.0),
    "half": ((a_battery(30.0, "discharging"),), 5000.0),
    "low": ((a_battery(10.0, "discharging"),), 5000.0),
    "no charge said": ((a_battery(None, "discharging"),), 5000.0),
    "missing": ((a_battery(90.0, "missing"),), 5000.0),
    "booting": ((a_battery(90.0, "booting"),), 5000.0),
    "unknown": ((a_battery(90.0, "unknown"),), 5000.0),
    "none": ((), 5000.0),
    "short": ((a_battery(90.0, "discharging"),), 60.0),
    "no runtime said": ((a_battery(90.0, "discharging"),), None),
}
CONTROL: dict[str, tuple[str, ...] | None] = {
    "none": (),
    "acts": ("motors_off",),
    "not said": None,
    "not fitted": None,
    "old": (),
}
LOGS = {"quiet": ("done",), "uploads": ("in_progress", "syncing"), "old": ("syncing",)}
LINKS = {"up": UP, "down": LinkState(False, "no link"), "not known": LinkState(None, "?")}

WELL = {
    "dock": "docked+connected",
    "mission": "none",
    "lease": "free",
    "motors": "off",
    "behavior": "not_ready",
    "faults": "none",
    "battery": "full",
    "control": "none",
    "logs": "quiet",
    "link": "up",
    "state": "fresh",
    "pause": "not accepted",
}

# -- the table, in words -----------------------------------------------------------------------------

SHUT: dict[str, dict[str, int]] = {
    "faults": {"behaviour": 1, "critical": 1, "no severity": 0, "not said": 0},
    "control": {"acts": 1, "not said": 0, "old": 0},
    "battery": {"missing": 1, "booting": 1, "unknown": 1, "none": 1},
    "dock": {"docking": 2, "undocking": 2, "unknown": 0, "not said": 0, "old": 0},
    "motors": {"powering_on": 2, "powering_off": 2, "error": 2, "unknown": 0},
    "behavior": {"transition": 2, "stepping": 2, "unknown": 0},
    "mission": {"paused": 6, "unknown": 0, "old": 0},
    "link": {"down": 0, "not known": 0},
}
"""Words that shut the window by themselves, and their row."""
OF_THE_STATE = ("faults", "battery", "motors", "behavior")
OFF_CHARGER = {"low": 1, "no charge said": 0, "short": 1, "no runtime said": 0}
AWAY = {**OFF_CHARGER, "half": 1}
OPEN: tuple[tuple[int, str, dict[str, tuple[str, ...]]], ...] = (
    (
        3,
        "docked",
        {"dock": ("docked+connected",), "motors": ("off",), "mission": ("none", "success", "stopped", "failure")},
    ),
    (
        4,
        "planned break",
        {
            "dock": ("docked+connected", "docked+error", "docked+unknown"),
            "motors": ("off",),
            "mission": ("running, says info", "running, asks software"),
        },
    ),
    (
        5,
        "idle",
        {
            "dock": ("undocked",),
            "motors": ("off",),
            "mission": ("none", "success", "stopped"),
            "lease": ("free", "stale"),
        },
    ),
)


def expected(case: dict[str, str]) -> tuple[bool, int, str]:
    """Return open, row and ground by the table in words."""
    case = dict(case)
    if case["pause"] == "accepted" and case["mission"] == "paused":
        case["mission"] = "stopped"
    is_old = case["state"] == "old"
    rows = [
        words[case[name]]
        for name, words in SHUT.items()
        if case[name] in words and not (is_old and name in OF_THE_STATE)
    ]
    rows += [0] if is_old else []
    is_away = case["dock"] not in ("docked+connected", "docked+error", "docked+unknown")
    battery = {} if case["dock"] == "docked+connected" or is_old else AWAY if is_away else OFF_CHARGER
    rows += [battery[case["battery"]]] if case["battery"] in battery else []
    is_under_way = case["mission"].startswith("running")
    if is_under_way and case["dock"] in ("undocked", "docking", "undocking", "unknown"):
        rows.append(6)
    if case["lease"] == "held" and case["motors"] == "on" and not is_old:
        rows.append(6)
    if not rows:
        for row, ground, wanted in OPEN:
            if all(case[name] in words for name, words in wanted.items()):
                return True, 7 if case["logs"] == "uploads" else row, ground
        rows = [0]
    return False, min((row for row in rows if row), default=0), ""


# -- words to records --------------------------------------------------------------------------------

OLD = Access("live", "", NOW - 15.5)
ACCESS: dict[tuple[str, ...], dict[str, Access]] = {}


def access_of(case: dict[str, str]) -> dict[str, Access]:
    """Return the standing of all parts; made once per combination of ages."""
    ages = tuple(case[name] == "old" for name in ("dock", "mission", "lease", "control", "logs", "state"))
    key = (*map(str, ages), case["control"])
    if key not in ACCESS:
        parts = dict(zip(("dock", "mission", "leases", "keepalive", "logs", "state"), ages, strict=True))
        limits = {"state": Access("live", "", NOW - 5.5), "logs": Access("live", "", NOW - LOG_SECONDS - 1)}
        old = {part: limits.get(part, OLD) for part, is_old in parts.items() if is_old}
        if case["control"] == "not fitted":
            old["keepalive"] = Access("absent", "not fitted", NOW)
        ACCESS[key] = live(NOW, **old)
    return ACCESS[key]


POWERS = {
    (motors, runtime): Power(motors=motors, runtime=runtime) for motors in MOTORS for runtime in (5000.0, 60.0, None)
}


def robot_of(case: dict[str, str]) -> Robot:
    batteries, runtime = BATTERIES[case["battery"]]
    return Robot(
        address="r",
        access=access_of(case),
        dock=DOCKS[case["dock"]],
        mission=MISSIONS[case["mission"]],
        leases=LEASES[case["lease"]],
        power=POWERS[case["motors"], runtime],
        behavior=case["behavior"],
        faults=FAULTS[case["faults"]],
        batteries=batteries,
        control_actions=CONTROL[case["control"]],
        log_statuses=LOGS[case["logs"]],
    )


def judged(case: dict[str, str]) -> Verdict:
    return judge(robot_of(case), LINKS[case["link"]], NOW, LIMITS, pause_accepted=case["pause"] == "accepted")


def all_of(**choices: Any) -> Iterator[dict[str, str]]:
    """Yield every combination of these words; what is not named is well."""
    names = list(choices)
    for words in itertools.product(*choices.values()):
        yield {**WELL, **dict(zip(names, words, strict=True))}


DOMAIN: dict[str, tuple[str, ...]] = {
    "dock": tuple(DOCKS),
    "mission": tuple(MISSIONS),
    "lease": tuple(LEASES),
    "motors": MOTORS,
    "behavior": BEHAVIORS,
    "faults": tuple(FAULTS),
    "battery": tuple(BATTERIES),
    "control": tuple(CONTROL),
    "logs": tuple(LOGS),
    "link": tuple(LINKS),
    "state": ("fresh", "old"),
    "pause": ("not accepted", "accepted"),
}


def drawn(seed: int) -> dict[str, str]:
    """Return a combination in which each word is more often well than it is anything else."""
    draw = random.Random(seed)
    return {name: WELL[name] if draw.random() < 0.6 else draw.choice(words) for name, words in DOMAIN.items()}


def hold_against_the_table(cases: Iterator[dict[str, str]]) -> tuple[int, int]:
    """Check every case; return how many there were and how many are open."""
    count = opened = 0
    for case in cases:
        verdict = judged(case)
        assert (verdict.is_open, verdict.row, verdict.ground) == expected(case), f"{case} {verdict}"
        assert all(verdict.reasons) and verdict.reasons, f"no word for {case}"
        count, opened = count + 1, opened + verdict.is_open
    return count, opened


# -- every combination -------------------------------------------------------------------------------


def test_every_combination_of_dock_mission_lease_motors_and_behaviour_is_judged_as_the_table_says() -> None:
    names = ("dock", "mission", "lease", "motors", "behavior", "pause")
    count, opened = hold_against_the_table(all_of(**{name: DOMAIN[name] for name in names}))
    assert count == 9 * 13 * 5 * 6 * 5 * 2
    assert 0 < opened < count // 100  # shut is the rule


def test_every_combination_of_faults_battery_control_link_age_and_logs_is_judged_as_the_table_says() -> None:
    names = ("dock", "faults", "battery", "control", "link", "state")
    count, opened = hold_against_the_table(all_of(**{name: DOMAIN[name] for name in names}))
    assert count == 9 * 7 * 10 * 5 * 3 * 2
    assert 0 < opened < count // 100
    away = {"dock": ("undocked", "docked+error"), "mission": ("none", "running, says info")}
    names = ("faults", "battery", "control", "logs")
    hold_against_the_table(all_of(**away, **{name: DOMAIN[name] for name in names}))


def test_combinations_of_all_inputs_together_are_judged_as_the_table_says() -> None:
    """All of them are 220 million, so these are a fixed draw."""
    count, opened = hold_against_the_table(drawn(seed) for seed in range(8_000))
    assert count == 8_000 and opened > 50


@pytest.mark.parametrize("name", DOMAIN)
def test_each_word_is_heard_by_the_table_or_is_as_good_as_well(name: str) -> None:
    """The words above are not idle: of each input at least one word changes some verdict."""
    grounds = [{}, {"mission": "running, says info"}, {"dock": "undocked"}, {"mission": "paused"}]
    verdicts = {
        word: [(v.is_open, v.row) for v in (judged({**WELL, **ground, name: word}) for ground in grounds)]
        for word in DOMAIN[name]
    }
    assert len({str(each) for each in verdicts.values()}) > 1


# -- unknown never opens -----------------------------------------------------------------------------

UNKNOWN = {
    "dock": ("unknown", "not said", "old"),
    "mission": ("unknown", "old"),
    "lease": ("no body", "old"),
    "motors": ("unknown",),
    "behavior": ("unknown",),
    "faults": ("no severity", "not said"),
    "control": ("not said", "old"),
    "logs": ("old",),
    "link": ("not known",),
    "state": ("old",),
}
CASES = st.builds(drawn, st.integers(0, 2**32))


@settings(max_examples=150, deadline=None)
@given(CASES, st.sampled_from([(name, word) for name, words in UNKNOWN.items() for word in words]))
def test_making_any_input_unknown_never_opens_the_window(case: dict[str, str], blank: tuple[str, str]) -> None:
    if not judged(case).is_open:
        assert not judged({**case, blank[0]: blank[1]}).is_open


@settings(max_examples=80, deadline=None)
@given(CASES, st.sampled_from(["status", "charge", "runtime", "batteries"]))
def test_making_any_fact_of_the_battery_unknown_never_opens_the_window(case: dict[str, str], fact: str) -> None:
    robot, link = robot_of(case), LINKS[case["link"]]
    if judge(robot, link, NOW, LIMITS).is_open:
        return
    if fact == "batteries":
        blank = replace(robot, batteries=None)
    elif fact == "runtime":
        blank = replace(robot, power=replace(robot.power, runtime=None)) if robot.power else robot
    else:
        word = "unknown" if fact == "status" else None
        blank = replace(robot, batteries=tuple(replace(one, **{fact: word}) for one in robot.batteries or ()))
    assert not judge(blank, link, NOW, LIMITS).is_open


@settings(max_examples=80, deadline=None)
@given(CASES, st.sampled_from(["state", "dock", "mission", "leases", "keepalive", "logs"]), st.floats(0, 100))
def test_a_word_that_grows_older_never_opens_the_window(case: dict[str, str], part: str, age: float) -> None:
    robot = robot_of(case)
    if not judged(case).is_open:
        standing = robot.access[part]
        heard = (NOW if standing.heard_at is None else standing.heard_at) - age
        older = replace(robot, access={**robot.access, part: Access(standing.state, standing.reason, heard)})
        assert not judge(older, LINKS[case["link"]], NOW, LIMITS, pause_accepted=case["pause"] == "accepted").is_open


@settings(max_examples=50, deadline=None)
@given(CASES, st.floats(0, 200))
def test_time_alone_never_opens_what_is_judged_again(case: dict[str, str], later: float) -> None:
    robot, link = robot_of(case), LINKS[case["link"]]
    if not judge(robot, link, NOW, LIMITS).is_open:
        assert not judge(robot, link, NOW + later, LIMITS).is_open


@pytest.mark.parametrize("state", ["waiting", "forbidden", "absent", "expired", "failed"])
@pytest.mark.parametrize("part", ["state", "dock", "mission", "keepalive"])
def test_a_part_that_cannot_be_read_shuts_the_window_and_is_named(part: str, state: Any) -> None:
    robot = a_robot(access={**live(), part: Access(state, "why", NOW)})
    verdict = judge(robot, UP, NOW, LIMITS)
    if (part, state) == ("keepalive", "absent"):
        assert verdict.is_open  # a robot without the service has no policy that could act
    else:
        word = {"state": "robot's state", "dock": "docking"}.get(part, part)
        assert not verdict.is_open and verdict.row == 0 and word in verdict.reasons[0]


def test_a_part_that_nobody_speaks_of_shuts_the_window() -> None:
    assert not judge(a_robot(access={}), UP, NOW, LIMITS).is_open


@pytest.mark.parametrize(("part", "limit"), [("state", 5.0), ("dock", 15.0), ("mission", 15.0), ("keepalive", 15.0)])
def test_the_limits_of_age_are_those_of_the_settings(part: str, limit: float) -> None:
    def at(age: float) -> bool:
        access = {name: Access("live", "", NOW) for name in live()} | {part: Access("live", "", NOW - age)}
        return judge(a_robot(access=access), UP, NOW, LIMITS).is_open

    assert at(limit) and not at(limit + 0.01)
    assert at(-0.5) and not at(-60.0)  # heard in the future: our clock was set back

"""Reads a scenario's TOML and says the first thing that is wrong with it, with its line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from spottui.sim.behaviour import Behaviour
from spottui.sim.scenario import (
    Act,
    Commit,
    DeletePods,
    Event,
    Scenario,
    ScenarioError,
    SetBehaviour,
    SetImage,
    SetPressure,
    SetRuntimes,
    SetSensor,
    Sync,
    did_you_mean,
)
from spottui.sim.scenario_lines import Path as KeyPath
from spottui.sim.scenario_lines import lines_of, nearest_line
from spottui.sim.spot_sensors import default_sensors

SENSORS = [one.name for one in default_sensors()]
MAX_SIZE = 1_000_000
_STEP = re.compile(r"\.([A-Za-z_][\w]*)|\[(\d+|\.\.\.)\]")


def names() -> list[str]:
    """Return the names of the scenarios that come with the program."""
    return sorted(one.name.removesuffix(".toml") for one in _folder().iterdir() if one.name.endswith(".toml"))


def load(name: str) -> Scenario:
    """Read a scenario by its name, or by the path of a file when it has a "/" or ends in ".toml".

    Raises:
        ScenarioError: There is none, or it cannot be used.
    """
    if "/" in name or name.endswith(".toml"):
        source: Traversable | Path = Path(name).expanduser()
    else:
        source = _folder() / f"{name}.toml"
        if name not in names():
            raise ScenarioError(f'There is no scenario "{name}"{did_you_mean(name, names())}')
    try:
        text = source.read_bytes()[: MAX_SIZE + 1].decode()
    except UnicodeDecodeError:
        raise ScenarioError(f"{name}: the scenario is not UTF-8 text.") from None
    except OSError as error:
        raise ScenarioError(f"{name}: the scenario cannot be read: {error.strerror}.") from None
    if len(text) > MAX_SIZE:
        raise ScenarioError(f"{name}: the scenario is larger than {MAX_SIZE} bytes.")
    return parse(text, name)


def _folder() -> Traversable:
    return resources.files("spottui.sim") / "scenarios"


def parse(text: str, name: str) -> Scenario:
    """Read a scenario's text; `name` is what sentences call it.

    Raises:
        ScenarioError: It cannot be used.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{name}: this is no valid TOML: {error}.") from None
    try:
        scenario = _convert(document)
        for path, sentence in _wrong_references(scenario):
            raise _Wrong(path, sentence)
    except _Wrong as wrong:
        line = nearest_line(lines_of(text), wrong.path)
        key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in wrong.path).lstrip(".")
        where = f" {key}:" if key else ""
        raise ScenarioError(f"{name}, line {line}:{where} {wrong.sentence}") from None
    return scenario


class _Wrong(Exception):
    def __init__(self, path: KeyPath, sentence: str) -> None:
        super().__init__(sentence)
        self.path, self.sentence = path, sentence


def _convert(document: dict[str, Any]) -> Scenario:
    """Convert to records; tables below [event] one by one, as their names are lost in the library's messages."""
    events = document.get("event", {})
    if isinstance(events, dict):
        for name, table in events.items():
            _check(table, Event, ("event", name))
    return _check(document, Scenario, ())


def _check(table: Any, kind: Any, path: KeyPath) -> Any:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at `$")
        steps = tuple(_step(match) for match in _STEP.finditer(where.rstrip("`")))
        raise _explained(said, (*path, *steps), table, kind) from None


def _step(match: re.Match[str]) -> str | int:
    if match[1]:
        return match[1]
    return int(match[2]) if match[2] != "..." else match[2]


def _explained(said: str, path: KeyPath, table: Any, kind: Any) -> _Wrong:
    """Turn the library's message into a sentence about our keys."""
    if unknown := re.match(r"Object contains unknown field `(.*)`", said):
        return _Wrong((*path, unknown[1]), f"there is no such key{_meant(unknown[1], path, kind)}")
    if missing := re.match(r"Object missing required field `(.*)`", said):
        return _Wrong(path, f'the key "{missing[1]}" is missing.')
    if path[-1:] == ("act",):
        return _Wrong(path, f"there is no such act; there is {', '.join(_ACTS)}.")
    if matching := re.match(r"Expected `str` matching regex '(.*)'", said):
        return _Wrong(path, _PATTERNS.get(matching[1], f"must match {matching[1]}."))
    said = said.replace("`", "").replace("Expected", "must be").replace("Invalid enum value", "cannot be")
    return _Wrong(path, f"{said.rstrip('.')}.")


_PATTERNS = {
    r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$": "must be a name of lower-case letters, digits and dashes.",
    r"^[0-9]+([.][0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$": 'must be a quantity of Kubernetes, like "250m" or "64Mi".',
    r"^[a-z0-9][-a-z0-9.]*/[a-z0-9][-a-z0-9.]*$": 'must be a namespace and a name, like "perception/cam-front".',
}
_ACTS: dict[str, Any] = {one.__struct_config__.tag: one for one in Act.__args__}


def _meant(word: str, path: KeyPath, kind: Any) -> str:
    keys = [one.name for one in msgspec.structs.fields(kind)] if not path or path[0] == "event" else []
    for step in path if not keys else ():
        if isinstance(step, str):
            keys = _keys_below(step)
    return did_you_mean(word, keys) if keys else "."


def _keys_below(table: str) -> list[str]:
    from spottui.sim import scenario as kinds

    by_table: dict[str, Any] = {
        "robot": kinds.RobotSpec,
        "links": kinds.LinkSpec,
        "node": kinds.NodeSpec,
        "runtime_class": kinds.RuntimeClassSpec,
        "workload": kinds.WorkloadSpec,
        "application": kinds.ApplicationSpec,
        "story": kinds.Beat,
        "behind": kinds.Commit,
        "change": kinds.Edit,
    }
    return [one.name for one in msgspec.structs.fields(by_table[table])] if table in by_table else []


# -- what one part says of another -----------------------------------------------------------------


def _wrong_references(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Yield what names something that is not there, and names that are there twice."""
    workloads = [f"{one.namespace}/{one.name}" for one in scenario.workload]
    applications = [one.name for one in scenario.application]
    classes = [one.name for one in scenario.runtime_class]
    yield from _twice(("workload",), "name", workloads)
    yield from _twice(("application",), "name", applications)
    yield from _twice(("node",), "name", [one.name for one in scenario.node])
    if not scenario.node:
        yield ("node",), "there must be at least one node."
    for at, sensor in enumerate(scenario.robot.unplugged):
        if sensor not in (sensors := _sensors(scenario)):
            yield ("robot", "unplugged", at), _none("sensor", sensor, sensors)
    for at, one in enumerate(scenario.workload):
        here: KeyPath = ("workload", at)
        if one.application and one.application not in applications:
            yield (*here, "application"), _none("application", one.application, applications)
        if one.runtime_class and one.runtime_class not in classes:
            yield (*here, "runtime_class"), _none("runtime_class", one.runtime_class, classes)
        if (one.kind == "CronJob") != bool(one.schedule):
            yield (*here, "schedule"), "a CronJob needs a schedule, and nothing else has one."
        yield from _wrong_behaviour((*here, "behaviour"), one.behaviour)
    for name, changes in scenario.image.items():
        yield from _wrong_behaviour(("image", name), changes)
    for at, one in enumerate(scenario.application):
        for place, commit in enumerate(one.behind):
            yield from _wrong_act(("application", at, "behind", place), commit, scenario)
    for name, event in scenario.event.items():
        for place, act in enumerate(event.do):
            yield from _wrong_act(("event", name, "do", place), act, scenario)
    for at, beat in enumerate(scenario.story):
        if beat.event not in scenario.event:
            yield ("story", at, "event"), _none("event", beat.event, list(scenario.event))
    last = max((beat.at for beat in scenario.story), default=0.0)
    if scenario.repeat_after and scenario.repeat_after <= last:
        yield ("repeat_after",), f"must be later than the last beat of the story, at {last:g}."


def _sensors(scenario: Scenario) -> list[str]:
    """Return the robot's own sensors, and those that only the workloads know: plugged into the CORE I/O."""
    return [*SENSORS, *sorted({one.sensor for one in scenario.workload if one.sensor} - {*SENSORS})]


def _twice(path: KeyPath, key: str, found: list[str]) -> Iterator[tuple[KeyPath, str]]:
    for at, name in enumerate(found):
        if name in found[:at]:
            yield (*path, at, key), f'"{name}" is there twice.'


def _wrong_act(path: KeyPath, act: Act, scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    workloads = [f"{one.namespace}/{one.name}" for one in scenario.workload]
    if isinstance(act, SetSensor) and act.sensor not in (sensors := _sensors(scenario)):
        yield (*path, "sensor"), _none("sensor", act.sensor, sensors)
    if isinstance(act, SetBehaviour | DeletePods) and act.workload not in workloads:
        yield (*path, "workload"), _none("workload", act.workload, workloads)
    if isinstance(act, SetBehaviour | SetImage):
        yield from _wrong_behaviour((*path, "set"), act.set)
    if isinstance(act, SetPressure | SetRuntimes) and act.node not in [one.name for one in scenario.node]:
        yield (*path, "node"), _none("node", act.node, [one.name for one in scenario.node])
    if isinstance(act, Commit | Sync):
        applications = [one.name for one in scenario.application]
        if act.application not in applications:
            yield (*path, "application"), _none("application", act.application, applications)
    if isinstance(act, Commit):
        for place, edit in enumerate(act.change):
            of = [f"{one.namespace}/{one.name}" for one in scenario.workload if one.application == act.application]
            if edit.workload not in of:
                yield (*path, "change", place, "workload"), _none("workload", edit.workload, of)


def _wrong_behaviour(path: KeyPath, changes: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for key, value in changes.items():
        try:
            Behaviour().with_changes({key: value} if key != "container" else {})
        except ValueError as error:
            yield (*path, key), str(error)


def _none(kind: str, name: str, known: list[str]) -> str:
    return f'there is no {kind} "{name}"{did_you_mean(name, known)}'

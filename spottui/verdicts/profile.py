"""The robot's profile: what is expected on it, read from TOML and held against what the robot says.

Knows records only; the file is read elsewhere. docs/profile.md describes the format.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from spottui.errors import BadConfig

KINDS = ("image", "point-cloud", "data")
"""Kinds of source, as `spottui.records_robot.SensorSource` has them."""


class ExpectedPayload(Struct, frozen=True, kw_only=True):
    """A payload that this robot should carry; told by its GUID, or else by its name."""

    name: str = ""
    guid: str = ""
    """Lower case."""
    version: str = ""
    """ "4.0" takes every 4.0.x; empty takes any."""
    sensor: str = ""
    """The name that workloads ask for it by, when it is another one."""


class ExpectedService(Struct, frozen=True, kw_only=True):
    """A service that the robot's directory should name."""

    name: str
    type: str = ""
    """Empty takes any."""
    sensor: str = ""


class ExpectedSource(Struct, frozen=True, kw_only=True):
    """An image, point-cloud or data source that a service should offer."""

    kind: str
    name: str
    service: str = ""
    """Empty takes any service."""
    sensor: str = ""


class Profile(Struct, frozen=True, kw_only=True):
    """What is expected on one robot."""

    serial: str = ""
    """Empty takes any robot."""
    software: str = ""
    """Release, as versions of payloads are given."""
    payloads: tuple[ExpectedPayload, ...] = ()
    services: tuple[ExpectedService, ...] = ()
    sources: tuple[ExpectedSource, ...] = ()
    ignore: tuple[str, ...] = ()
    """Names (with * and ?) whose being there is no news."""


SECTIONS: Mapping[str, tuple[type[Any], str]] = {
    "payloads": (ExpectedPayload, "name"),
    "services": (ExpectedService, "name"),
    "sources": (ExpectedSource, "name"),
}
WORDS = ("serial", "software")


def parse_profile(text: str, where: str) -> Profile:
    """Return the profile that a TOML text holds; `where` is its file, for what is said of it.

    Raises:
        BadConfig: With every problem found, one per line.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{where}: is not valid TOML: {error}.") from None
    reading = _Reading()
    known = (*WORDS, "ignore", *SECTIONS)
    values: dict[str, Any] = {}
    for key, value in document.items():
        if key in WORDS:
            values[key] = reading.word(key, value)
        elif key == "ignore":
            values[key] = reading.words(key, value)
        elif key in SECTIONS:
            values[key] = reading.entries(key, value)
        else:
            reading.problems.append(f"{key}: there is no such key{_nearest(key, known)}")
    if reading.problems:
        raise BadConfig("\n".join(f"{where}: {problem}" for problem in reading.problems))
    return Profile(**values)


class _Reading:
    """One reading of a profile: what is wrong with it is collected, not raised."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def word(self, key: str, value: object) -> str:
        """Return a text that is not empty."""
        if isinstance(value, str) and value.strip() and value.isprintable():
            return value.strip()
        self.problems.append(f"{key}: must be a text that is not empty.")
        return ""

    def words(self, key: str, value: object) -> tuple[str, ...]:
        """Return a list of texts."""
        if isinstance(value, list):
            return tuple(self.word(key, each) for each in value)
        self.problems.append(f'{key}: must be a list of names, such as ["spot-cam-*"].')
        return ()

    def entries(self, section: str, value: object) -> tuple[Any, ...]:
        """Return the entries of one section."""
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.problems.append(f'{section}: write "[[{section}]]" and its keys below, once per entry.')
            return ()
        found: list[Any] = []
        for number, table in enumerate(value, 1):
            before = len(self.problems)
            entry = self._entry(section, f"{section} {number}", table)
            if len(self.problems) == before:
                found.append(entry)
        names = [_identity(entry) for entry in found]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.problems.append(f"{section}: {' '.join(part for part in name if part)} is there more than once.")
        return tuple(found)

    def _entry(self, section: str, place: str, table: Mapping[str, object]) -> Any:
        kind, needed = SECTIONS[section]
        fields = kind.__struct_fields__
        values = {}
        for key, value in table.items():
            if key in fields:
                values[key] = self.word(f"{place}: {key}", value)
            else:
                self.problems.append(f"{place}: {key}: there is no such key{_nearest(key, fields)}")
        if section == "payloads":
            values["guid"] = values.get("guid", "").lower()
            if not values["guid"] and not values.get("name"):
                self.problems.append(f"{place}: needs a name or a guid.")
        elif not values.get(needed):
            self.problems.append(f"{place}: needs a {needed}.")
        if section == "sources" and values.get("kind") not in KINDS:
            self.problems.append(f"{place}: kind: must be one of {', '.join(KINDS)}.")
            return None
        return kind(**values) if section == "payloads" or values.get(needed) else None


def _identity(entry: Any) -> tuple[str, ...]:
    if isinstance(entry, ExpectedPayload):
        return (entry.guid or entry.name,)
    if isinstance(entry, ExpectedSource):
        return (entry.kind, entry.service, entry.name)
    return (entry.name,)


def _nearest(word: str, words: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(words)}."


def version_fits(version: str, wanted: str) -> bool:
    """Whether a version is the wanted one, or a later part of it: 4.0.1 fits "4.0", 4.01 does not."""
    return not wanted or version == wanted or version.startswith(f"{wanted}.")

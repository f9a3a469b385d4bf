"""Settings: TOML, environment and flags become one frozen `Settings`, checked in full before anything starts.

The environment is passed in.
"""

from __future__ import annotations

import os
import pwd
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spottui.errors import BadConfig
from spottui.settings import DEFAULTS, KINDS, SECTIONS, Settings
from spottui.settings_argocd import SERVER_VARIABLE, server_url
from spottui.settings_folders import config_path, state_folder
from spottui.settings_keys import check as check_keys
from spottui.settings_keys import flat
from spottui.settings_robot import own_robot
from spottui.settings_terminal import speaks_utf8
from spottui.settings_text import line_of, nearest
from spottui.settings_values import Secret, Wrong

CONFIG_VARIABLE = "SPOTTUI_CONFIG"
ROBOT_USER_VARIABLE, ROBOT_PASSWORD_VARIABLE = "BOSDYN_CLIENT_USERNAME", "BOSDYN_CLIENT_PASSWORD"
"""What every program on the Spot SDK takes."""


def user_name(environ: Mapping[str, str]) -> str:
    """Return who works here, for the audit log; "uid-1000" where neither the environment nor the system knows."""
    if known := environ.get("USER") or environ.get("LOGNAME"):
        return known
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a pod may run under any number
        return f"uid-{os.getuid()}"


def robot_password(environ: Mapping[str, str]) -> Secret | None:
    """Return the robot's password from the environment; it is no setting, so nothing can show it."""
    text = environ.get(ROBOT_PASSWORD_VARIABLE)
    return Secret(text) if text else None


def load(
    *,
    environ: Mapping[str, str],
    home: Path,
    folder: Path,
    flags: Mapping[str, Any] | None = None,
    config_file: Path | None = None,
    actions: Mapping[str, str] | Collection[str] = (),
) -> Settings:
    """Read and check everything; flag beats environment beats file beats default.

    `flags` is dotted key -> text or boolean; None values are left out. `folder` is what relative paths of
    flags and the environment start from. `actions` is the known action ids, best with their default keys.

    Raises:
        BadConfig: With every problem found, one per line.
    """
    named = config_file or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    path = folder / named if named else config_path(environ, home)
    text = _read(path, must_exist=named is not None)
    reading = _Reading(path, text, home, folder)
    reading.take_defaults(environ)
    reading.take_file(actions if isinstance(actions, Mapping) else dict.fromkeys(actions, ""))
    reading.take_environment(environ)
    reading.take_flags(flags or {})
    if reading.problems:
        raise BadConfig("\n".join(reading.problems))
    return reading.settings()


def _read(path: Path, *, must_exist: bool) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if must_exist:
            raise BadConfig(f"{path}: there is no such settings file.") from None
        return ""
    except UnicodeDecodeError:
        raise BadConfig(f"{path}: the settings file is not UTF-8 text.") from None
    except OSError as error:
        raise BadConfig(f"{path}: the settings file cannot be read: {error.strerror}.") from error


class _Reading:
    """One reading of all origins: collects values, where each came from, and every problem."""

    def __init__(self, path: Path, text: str, home: Path, folder: Path) -> None:
        self._path, self._text, self._home, self._folder = path, text, home, folder
        self._values: dict[str, Any] = {}
        self._origins: dict[str, str] = {}
        self._keymap: dict[str, str] = {}
        self.problems: list[str] = []

    def take_defaults(self, environ: Mapping[str, str]) -> None:
        """Set what holds when nobody says anything; a few defaults depend on the terminal."""
        state = state_folder(environ, self._home)
        self._values = {**DEFAULTS, "audit.path": state / "audit.jsonl", "log.file": state / "spottui.log"}
        self._origins = dict.fromkeys(KINDS, "default")
        for key, value in own_robot().items():
            self._set(key, value, "default on a robot's back")
        if environ.get("TMUX"):  # tmux's own selection and scrolling come first
            self._set("ui.mouse", False, "default inside tmux")
        if environ.get("TERM") == "linux":  # the console's font has few glyphs
            self._set("ui.ascii", True, "default on the Linux console")
        elif not speaks_utf8(environ):
            self._set("ui.ascii", True, "default without a UTF-8 locale")

    def take_file(self, actions: Mapping[str, str]) -> None:
        """Take in the settings file."""
        try:
            document = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            self.problems.append(f"{self._path}: is not valid TOML: {error}.")
            return
        for section, table in document.items():
            if section != "keys" and section not in SECTIONS:
                hint = nearest(section, (*SECTIONS, "keys"))
                self._wrong(section, "", f"{section}: there is no such section{hint}")
            elif not isinstance(table, dict):
                self._wrong(section, "", f'{section}: is a section; write "[{section}]" and its keys below.')
            elif section == "keys":
                self._take_keys(table, actions)
            else:
                self._take_section(section, table)

    def _take_section(self, section: str, table: dict[str, Any]) -> None:
        for name, value in flat(table).items():
            key = f"{section}.{name}"
            if key not in KINDS:
                self._wrong(section, name, f"{key}: there is no such key{nearest(key, KINDS)}")
                continue
            try:
                taken = KINDS[key].from_toml(value, self._path.parent, self._home)
            except Wrong as error:
                self._wrong(section, name, f"{key}: must be {error}.")
            else:
                self._set(key, taken, str(self._path))

    def _take_keys(self, table: dict[str, Any], actions: Mapping[str, str]) -> None:
        self._keymap, problems = check_keys(table, actions)
        for action, why in problems:
            self._wrong("keys", action, f"keys.{action}: {why}")
        self._origins.update({f"keys.{action}": str(self._path) for action in self._keymap})

    def take_environment(self, environ: Mapping[str, str]) -> None:
        """Take in the SPOTTUI_SECTION_KEY variables; an empty one counts as not set."""
        known = {variable_of(key): key for key in KINDS}
        starts = tuple(f"SPOTTUI_{section.upper()}_" for section in SECTIONS)
        if name := environ.get(ROBOT_USER_VARIABLE):
            self._take_text("robot.username", name, f"environment {ROBOT_USER_VARIABLE}")
        if server := environ.get(SERVER_VARIABLE):
            self._take_text("argocd.url", server_url(server), f"environment {SERVER_VARIABLE}")
        for variable, text in environ.items():
            if variable in known and text:
                self._take_text(known[variable], text, f"environment {variable}")
            elif variable.startswith(starts) and variable not in known:
                self.problems.append(f"environment {variable}: there is no such setting{nearest(variable, known)}")

    def take_flags(self, flags: Mapping[str, Any]) -> None:
        """Take in what the command line said."""
        for key, value in flags.items():
            if isinstance(value, bool):
                self._set(key, value, "flag")
            elif value is not None:
                self._take_text(key, str(value), "flag")

    def _take_text(self, key: str, text: str, origin: str) -> None:
        try:
            taken = KINDS[key].from_text(text, self._folder, self._home)
        except Wrong as error:
            self.problems.append(f"{origin}: {key} must be {error}.")
        else:
            self._set(key, taken, origin)

    def _set(self, key: str, value: Any, origin: str) -> None:
        self._values[key], self._origins[key] = value, origin

    def _wrong(self, section: str, name: str, sentence: str) -> None:
        line = line_of(self._text, section, name)
        self.problems.append(f"{self._path}{f':{line}' if line else ''}: {sentence}")

    def settings(self) -> Settings:
        """Return what was read, frozen."""
        built: dict[str, Any] = {
            section: kind(**{field.name: self._values[f"{section}.{field.name}"] for field in fields(kind)})
            for section, kind in SECTIONS.items()
        }
        return Settings(
            **built,
            keys=MappingProxyType(self._keymap),
            file=self._path,
            origins=MappingProxyType(self._origins),
        )


def variable_of(key: str) -> str:
    """Return the environment variable of a dotted key: "ui.theme" is SPOTTUI_UI_THEME."""
    return "SPOTTUI_" + key.upper().replace(".", "_")

"""What the command line asked for, and the settings that come of it. Imports nothing heavy, as every start needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from spottui.settings import Settings


@dataclass(slots=True)
class Request:
    """What the command line said so far: flags of the root and of the sub-command."""

    environ: Mapping[str, str]
    flags: dict[str, Any] = field(default_factory=dict)
    """By dotted key."""
    config_file: Path | None = None
    log_path: Path | None = None
    """Set once the settings are known: where a crash is written down."""
    log_problem: str = ""
    """Why the log cannot be written; said after the screen is left when one is drawn."""
    draws: bool = False
    """A screen is drawn: nothing may be written beside it."""
    demo: list[str] | None = None
    """Arguments of the embedded robot's process; None without --demo."""

    @property
    def home(self) -> Path:
        """The home directory."""
        return Path.home()

    def take(self, **flags: Any) -> None:
        """Take in flags, named section__key; what was not given (None) changes nothing."""
        for name, value in flags.items():
            if value is not None:
                self.flags[name.replace("__", ".")] = value

    def settings(self) -> Settings:
        """Read the settings and start the log.

        Raises:
            BadConfig: With every problem found.
        """
        from spottui.config import load
        from spottui.crash import set_up_log

        settings = load(
            environ=self.environ,
            home=self.home,
            folder=Path.cwd(),
            flags=self.flags,
            config_file=self.config_file,
            actions=known_keys(),
        )
        self.log_path = settings.log.file
        self.log_problem = set_up_log(settings.log.file, settings.log.level) or ""
        if self.log_problem and not self.draws:
            click.echo(f"spottui: {self.log_problem}", err=True)
        return settings


def known_keys() -> dict[str, str]:
    """Return the id and the own keys of every binding that [keys] may change."""
    from spottui.actions.registry import ACTIONS
    from spottui.settings_actions import PROGRAM_KEYS

    by_key = {action.key: action.id for action in reversed(ACTIONS) if action.key}  # the first of each key
    return PROGRAM_KEYS | {action_id: key for key, action_id in by_key.items()}

"""What the settings say of the robot, made ready for the store: the profile's file read, the window's thresholds."""

from __future__ import annotations

from spottui.errors import BadConfig
from spottui.settings import Settings
from spottui.verdicts.profile import Profile, parse_profile
from spottui.verdicts.window_table import Thresholds

LARGEST = 1_000_000
"""Bytes of a profile; more is another file."""


def read_profile(settings: Settings) -> Profile | None:
    """Return what is expected on the robot; None where no profile is set.

    Raises:
        BadConfig: The file cannot be read, or is no profile.
    """
    path = settings.robot.profile
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1).decode("utf-8")
    except FileNotFoundError:
        raise BadConfig(f"{path}: there is no such robot profile (robot.profile).") from None
    except UnicodeDecodeError:
        raise BadConfig(f"{path}: the robot profile is not UTF-8 text.") from None
    except OSError as error:
        raise BadConfig(f"{path}: the robot profile cannot be read: {error.strerror}.") from error
    if len(text) > LARGEST:
        raise BadConfig(f"{path}: is too large for a robot profile.")
    return parse_profile(text, str(path))


def thresholds(settings: Settings) -> Thresholds:
    """Return what the update window is held against."""
    said = settings.window
    return Thresholds(
        docked_charge=said.docked_charge,
        idle_charge=said.idle_charge,
        rollback_seconds=said.rollback_minutes * 60,
        state_seconds=said.state_seconds,
        other_seconds=said.other_seconds,
        steady_seconds=said.steady_seconds,
        break_seconds=said.break_minutes * 60,
    )

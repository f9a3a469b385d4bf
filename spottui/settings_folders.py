"""Where settings, state and cache are kept, by the XDG rules; the environment and the home directory are passed in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def config_path(environ: Mapping[str, str], home: Path) -> Path:
    """Return the default settings file: $XDG_CONFIG_HOME/spottui/config.toml, else below ~/.config."""
    return _xdg(environ, "XDG_CONFIG_HOME", home / ".config") / "spottui" / "config.toml"


def cache_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Return the folder of what can be heard anew: $XDG_CACHE_HOME/spottui, else below ~/.cache."""
    return _xdg(environ, "XDG_CACHE_HOME", home / ".cache") / "spottui"


def state_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Return the folder of audit and log: $XDG_STATE_HOME/spottui, else below ~/.local/state."""
    return _xdg(environ, "XDG_STATE_HOME", home / ".local" / "state") / "spottui"


def _xdg(environ: Mapping[str, str], variable: str, otherwise: Path) -> Path:
    folder = environ.get(variable, "")
    return Path(folder) if folder.startswith("/") else otherwise  # the XDG rules: relative ones are ignored

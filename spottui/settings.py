"""Everything that can be set: the sections, their keys, what each key may hold and what it holds by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spottui.settings_argocd import ARGOCD_DEFAULTS, ARGOCD_KINDS, ArgocdSettings
from spottui.settings_armed import ARMED_DEFAULTS, ARMED_KINDS, ArmedSettings
from spottui.settings_cache import CACHE_DEFAULTS, CACHE_KINDS, CacheSettings
from spottui.settings_links import LINK_DEFAULTS, LINK_KINDS, LinksSettings
from spottui.settings_robot import ROBOT_DEFAULTS, ROBOT_KINDS, RobotSettings
from spottui.settings_values import Amount, Choice, FilePath, Kind, Words, Yes
from spottui.settings_window import WINDOW_DEFAULTS, WINDOW_KINDS, WindowSettings

THEMES = ("dark", "light", "high-contrast", "colour-blind", "ansi")
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Which cluster: None leaves the choice to the kubeconfig rules of `spottui.sources.kubeconfig`."""

    kubeconfig: Path | None
    context: str | None
    namespace: str | None


@dataclass(frozen=True, slots=True)
class UiSettings:
    """How it looks and answers."""

    theme: str
    mouse: bool
    flash: bool
    """Changed cells are lit for a moment."""
    ascii: bool
    """Plain ASCII borders and glyphs, for consoles whose font has no others."""


@dataclass(frozen=True, slots=True)
class SafetySettings:
    """When commands may be sent."""

    start_unlocked: bool
    unlock_minutes: float
    """Writing locks itself again after this time without a command."""


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Where our own commands are written down."""

    path: Path


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Where the program's own log goes."""

    file: Path
    level: str


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """How often usage is read."""

    period_seconds: float


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator may choose, checked; each value remembers where it came from."""

    cluster: ClusterSettings
    ui: UiSettings
    safety: SafetySettings
    audit: AuditSettings
    cache: CacheSettings
    log: LogSettings
    metrics: MetricsSettings
    links: LinksSettings
    robot: RobotSettings
    window: WindowSettings
    armed: ArmedSettings
    argocd: ArgocdSettings
    keys: Mapping[str, str]
    """Action id -> its keys, comma-separated, as Textual's keymap takes them; only those remapped."""
    file: Path
    """The settings file; it may not be there."""
    origins: Mapping[str, str]
    """Dotted key ("ui.theme") -> "default", the settings file, the environment variable or "flag"."""


SECTIONS: Mapping[str, type] = {
    "cluster": ClusterSettings,
    "ui": UiSettings,
    "safety": SafetySettings,
    "audit": AuditSettings,
    "cache": CacheSettings,
    "log": LogSettings,
    "metrics": MetricsSettings,
    "links": LinksSettings,
    "robot": RobotSettings,
    "window": WindowSettings,
    "armed": ArmedSettings,
    "argocd": ArgocdSettings,
}
KINDS: Mapping[str, Kind] = {
    "cluster.kubeconfig": FilePath(),
    "cluster.context": Words(),
    "cluster.namespace": Words(),
    "ui.theme": Choice(THEMES),
    "ui.mouse": Yes(),
    "ui.flash": Yes(),
    "ui.ascii": Yes(),
    "safety.start_unlocked": Yes(),
    "safety.unlock_minutes": Amount(1, 480),
    "audit.path": FilePath(),
    "log.file": FilePath(),
    "log.level": Choice(LEVELS),
    "metrics.period_seconds": Amount(1, 3600),
    **CACHE_KINDS,
    **LINK_KINDS,
    **ROBOT_KINDS,
    **WINDOW_KINDS,
    **ARMED_KINDS,
    **ARGOCD_KINDS,
}
DEFAULTS: Mapping[str, Any] = {
    **dict.fromkeys(KINDS),
    "ui.theme": "dark",
    "ui.mouse": True,
    "ui.flash": True,
    "ui.ascii": False,
    "safety.start_unlocked": False,
    "safety.unlock_minutes": 15.0,
    "log.level": "info",
    "metrics.period_seconds": 15.0,
    **CACHE_DEFAULTS,
    **LINK_DEFAULTS,
    **ROBOT_DEFAULTS,
    **WINDOW_DEFAULTS,
    **ARMED_DEFAULTS,
    **ARGOCD_DEFAULTS,
}
"""By dotted key; paths that depend on the home directory are None here."""

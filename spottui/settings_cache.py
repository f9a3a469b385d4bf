"""The [cache] section: what is kept for the next start, and can be done without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spottui.settings_values import Kind, Yes


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """What is kept of each cluster below ~/.cache/spottui."""

    last_state: bool
    """The last known state, shown at the next start until the cluster is heard."""


CACHE_KINDS: Mapping[str, Kind] = {"cache.last_state": Yes()}
CACHE_DEFAULTS: Mapping[str, Any] = {"cache.last_state": True}

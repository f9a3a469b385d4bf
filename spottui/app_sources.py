"""Makes the sources that need no cluster; each imports its library only when it is made, after the first paint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spottui.config import Settings
from spottui.store import Store


def own_sources(
    settings: Settings, *, environ: Mapping[str, str], home: Path, clock: Callable[[], float], store: Store
) -> list[Any]:
    """Return the sources of this computer, its links and the robot; each imports what it needs when it starts."""
    from spottui.sources.gpu import GpuSource
    from spottui.sources.host import HostSource

    return [HostSource(clock), GpuSource(clock)]

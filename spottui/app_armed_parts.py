"""Joins the armed syncs to the parts of the running program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spottui.actions.audit import Audit
from spottui.app_armed import ArmedSyncs
from spottui.events import CommandHeard
from spottui.screens.armed_port import ArmedDefaults
from spottui.screens.parts import Parts
from spottui.settings import Settings

FOLDER = "armed"
"""Below the state folder."""


def join_armed(
    parts: Parts,
    settings: Settings,
    *,
    audit: Audit,
    state_folder: Path,
    api: Callable[[], Any],
    place: Callable[[], Any],
    who: str,
    heard: Callable[[CommandHeard], None],
    changed: Callable[[], None],
) -> ArmedSyncs:
    """Return the armed syncs, and give them to the screens; `place` returns the cluster's place, None before."""

    def server_and_context() -> tuple[str, str] | None:
        found = place()
        return None if found is None else (found.server, str(found))

    armed = ArmedSyncs(
        store=parts.store,
        runner=parts.runner,
        api=api,
        expects_robot=settings.robot.address is not None,
        audit=audit,
        folder=state_folder / FOLDER,
        clock=parts.clock,
        cluster_clock=parts.cluster_now,
        is_locked=lambda: parts.lock.is_locked,
        place=server_and_context,
        who=who,
        heard=heard,
        changed=changed,
    )
    chosen = settings.armed
    parts.armed = armed
    parts.armed_defaults = ArmedDefaults(chosen.link_up_seconds, chosen.expires_hours, chosen.min_charge)
    return armed

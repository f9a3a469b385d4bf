"""Tells at the start of the commands that an earlier spottui did not live to see the end of."""

from __future__ import annotations

import logging
from collections.abc import Callable

from spottui.actions.audit import Audit
from spottui.errors import SpottuiError
from spottui.events import CommandHeard, Event, SourceFailed

LOG = logging.getLogger("spottui.app")


async def tell_of_those_cut_off(audit: Audit, hear: Callable[[Event], None], clock: Callable[[], float]) -> None:
    """Write down that they are unknown, and have those on this cluster shown on the Timeline."""
    try:
        ended = await audit.end_those_cut_off()
    except SpottuiError as error:
        LOG.warning("%s", error)
        hear(SourceFailed("audit", f"{error} So no command can be sent.", clock()))
        return
    for one in ended:
        if one.context == audit.context:
            hear(CommandHeard(one.command))

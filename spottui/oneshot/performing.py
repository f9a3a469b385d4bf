"""The road for commands without a screen: the command line is the consent, everything else is as in the program."""

from __future__ import annotations

import platform
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from spottui import clock
from spottui.actions.audit import Audit
from spottui.actions.lock import WriteLock
from spottui.actions.permits import Permits
from spottui.actions.questions import Question
from spottui.actions.runner import Runner
from spottui.actions.services import Services
from spottui.config import user_name
from spottui.errors import BadConfig, SpottuiError
from spottui.events import CommandHeard
from spottui.oneshot.connection import Connection
from spottui.settings import Settings


@contextmanager
def performing(
    settings: Settings,
    environ: Mapping[str, str],
    connection: Connection,
    sleep: Callable[[float], Awaitable[None]],
    **services: Any,
) -> Iterator[tuple[Runner, Services]]:
    """Give a Runner and its services for as long as the block runs; `services` are further fields of `Services`."""
    user, host = user_name(environ), platform.node()
    audit = Audit(
        settings.audit.path,
        user=user,
        host=host,
        ssh_connection=environ.get("SSH_CONNECTION", ""),
        context=connection.place.context,
        clock=clock.now,
        server=connection.place.server,
    )
    who, rest = f"spottui:{user}@{host}", connection.argocd
    made = Services(connection.apps, clock.now, sleep, who, str(connection.place), argocd=rest, **services)
    permits = Permits(connection.api, clock.now, argocd=rest)
    with suppress(SpottuiError):  # a log that cannot be written refuses the command itself, in a sentence
        audit.write_ends()
    try:
        yield Runner(made, permits, audit, WriteLock(True, clock.now), clock.now, _unheard), made
    finally:
        audit.close()


def check_writable(settings: Settings) -> None:
    """Refuse a command when --read-only was given.

    Raises:
        BadConfig: It was.
    """
    if settings.origins["safety.start_unlocked"] == "flag" and not settings.safety.start_unlocked:
        raise BadConfig("--read-only was given, so nothing was sent.")


async def consent(question: Question) -> bool:
    """Say yes: whoever typed the command has said so."""
    return True


def _unheard(event: CommandHeard) -> None:
    """Nobody listens: there is no screen."""

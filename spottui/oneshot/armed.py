"""`spottui sync --when-idle`: arms a sync and waits in the foreground until it has run, or its time is over."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import platform
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spottui import clock
from spottui.app_armed import ArmedSyncs
from spottui.app_armed_parts import FOLDER
from spottui.app_cluster import Joined, join_cluster
from spottui.app_robot import read_profile, thresholds
from spottui.config import user_name
from spottui.errors import BadConfig, Forbidden, NotFound, OutcomeUnknown, SpottuiError
from spottui.events import CommandHeard, LinkDown, SourceFailed
from spottui.oneshot.argocd_find import NOT_INSTALLED, commanding, one_called
from spottui.oneshot.connection import Connection
from spottui.oneshot.performing import check_writable, performing
from spottui.records_argocd import Application
from spottui.records_armed import ArmedSync
from spottui.settings import Settings
from spottui.settings_folders import state_folder
from spottui.store import Store
from spottui.store_argocd import places
from spottui.store_lists import WAITING
from spottui.store_robot import RobotWatch
from spottui.verdicts.go_notation import NANOSECONDS, Unreadable, duration

if TYPE_CHECKING:
    from spottui.actions.audit import Audit
    from spottui.actions.runner import Runner

LOG = logging.getLogger("spottui.armed")
FLUSH_EVERY = 0.2
LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    app: str
    """"name" or "namespace/name"."""
    revision: str = ""
    prune: bool = False
    expires: float = 8 * 3600.0
    """Seconds."""
    link_up: float = 30.0
    """Seconds."""
    charge: float | None = None
    """Percent."""


def wish_of(
    settings: Settings,
    app: str,
    revision: str | None,
    prune: bool,
    expires: str | None,
    charge: float | None,
    link_up: str | None,
) -> Wish:
    """Return what the command line asked for; what it left out is as the settings have it.

    Raises:
        BadConfig: A time cannot be read.
    """
    chosen = settings.armed
    return Wish(
        app=app,
        revision=revision or "",
        prune=prune,
        expires=chosen.expires_hours * 3600 if expires is None else _seconds(expires, "--expires", 60.0, 168 * 3600),
        link_up=chosen.link_up_seconds if link_up is None else _seconds(link_up, "--link-up", 0, 3600),
        charge=chosen.min_charge or None if charge is None else charge,
    )


def _seconds(text: str, flag: str, least: float, most: float) -> float:
    try:
        seconds = duration(text) / NANOSECONDS
    except Unreadable:
        seconds = -1.0
    if not least <= seconds <= most:
        bounds = f"from {least / 60:g}m to {most / 3600:g}h" if least else f"up to {most / 3600:g}h"
        raise BadConfig(f'{flag}: a time such as 90s, 30m or 8h, {bounds}, is meant, not "{text}".')
    return seconds


async def sync_when_idle(
    settings: Settings, environ: Mapping[str, str], home: Path, wish: Wish, say: Callable[[str], None]
) -> str:
    """Arm a sync and wait for its end; return the sentence on it. `say` takes what it waits for, as that changes.

    ctrl-c takes it back. When the process ends otherwise it stays armed: the next spottui started here goes on.

    Raises:
        SpottuiError: It could not be armed, failed, expired, or what became of it is not known.
    """
    check_writable(settings)
    until = clock.now() + wish.expires
    store = Store(RobotWatch(read_profile(settings), thresholds(settings)))
    async with _heard(settings, environ, home, store) as joined:
        app = await _found(store, wish, until, say)
        plain = Connection(joined.place, joined.api, "", 0.0)
        async with commanding(settings, environ, home, plain) as connection:
            with performing(settings, environ, connection, asyncio.sleep) as (runner, _):
                armed = _armed(settings, environ, home, store, connection, runner, runner.audit)
                try:
                    return await _waited(armed, app, wish, until, say)
                finally:
                    armed.close()


def _armed(
    settings: Settings,
    environ: Mapping[str, str],
    home: Path,
    store: Store,
    connection: Connection,
    runner: Runner,
    audit: Audit,
) -> ArmedSyncs:
    return ArmedSyncs(
        store=store,
        runner=runner,
        api=lambda: connection.apps,
        cluster_clock=connection.api.server_now,
        expects_robot=settings.robot.address is not None,
        audit=audit,
        folder=state_folder(environ, home) / FOLDER,
        clock=clock.now,
        is_locked=lambda: False,
        place=lambda: (connection.place.server, str(connection.place)),
        who=f"{user_name(environ)}@{platform.node()}",
        heard=_unheard,
    )


async def _waited(armed: ArmedSyncs, app: Application, wish: Wish, until: float, say: Callable[[str], None]) -> str:
    """Arm, or take over what a former call left armed, and follow it to its end."""
    await armed.look()
    one = armed.open_for(app.uid)
    if one is not None and one.state != "unknown" and (one.revision, one.prune) == (wish.revision, wish.prune):
        say(f"{app.name}: a sync to {one.wanted} was armed by {one.armed_by} before: waiting for that one.")
    else:
        one = await _made(armed, app, wish, until, say)
    running = asyncio.create_task(armed.run())
    try:
        return await _followed(armed, running, one, say)
    except asyncio.CancelledError:
        try:
            say(await armed.cancel(one.id))
        except SpottuiError as error:
            say(f"{error} The next spottui reads back what became of it.")
        raise
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _made(armed: ArmedSyncs, app: Application, wish: Wish, until: float, say: Callable[[str], None]) -> ArmedSync:
    conditions = armed.suggested(app.uid, link_up=wish.link_up, charge=wish.charge)
    if not conditions.update_window:
        say("No robot is configured: its update window is no condition.")
    if not conditions.sync_window:
        say("Argo CD's sync windows cannot be read: they are no condition.")
    one = await armed.arm(app, revision=wish.revision, prune=wish.prune, conditions=conditions, expires_at=until)
    say(f"{app.name}: a sync to {one.wanted} is armed until {clock.rfc3339(until)}; ctrl-c takes it back.")
    return one


async def _followed(armed: ArmedSyncs, running: asyncio.Task[None], one: ArmedSync, say: Callable[[str], None]) -> str:
    told = ""
    while True:
        if running.done():
            running.result()
        now = _entry(armed, one)
        if now is None or now.state == "cancelled":
            raise SpottuiError(f"{one.name}: the armed sync was taken back by somebody else.")
        if now.state not in ("waiting", "running"):
            await armed.mark_seen(one.id)
            return _ending(now)
        said = now.result.removeprefix(f"{one.name}: ") or "taken up"
        text = "; ".join(armed.waits(one.id)) if now.state == "waiting" else said
        text = f"{one.name}: {'waits: ' if now.state == 'waiting' else ''}{text}"
        if text != told and not text.endswith("waits: "):
            say(text)
            told = text
        if armed.problem:
            say(armed.problem)
            armed.problem = ""
        await asyncio.sleep(LOOK_EVERY)


def _entry(armed: ArmedSyncs, one: ArmedSync) -> ArmedSync | None:
    return next((each for each in armed.items if each.id == one.id), None)


def _ending(one: ArmedSync) -> str:
    text = one.result if one.result.endswith(".") else f"{one.result}."
    if one.state == "done":
        return text
    if one.state == "unknown":
        raise OutcomeUnknown(f"{one.name}: what became of the sync is not known: {text}")
    raise SpottuiError(text if text.startswith(one.name) else f"{one.name}: the armed sync {text}")


# -- what is heard ---------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _heard(settings: Settings, environ: Mapping[str, str], home: Path, store: Store) -> AsyncIterator[Joined]:
    """Feed the store from the cluster, the links and the robot, for as long as the block runs."""
    from spottui.app_sources import own_sources
    from spottui.sources.argocd_settings import ArgocdSettingsSource

    joined = await join_cluster(settings, environ=environ, home=home, clock=clock.now)
    own = own_sources(settings, environ=environ, home=home, clock=clock.now, store=store, joined=lambda: joined)
    own.append(ArgocdSettingsSource(joined.api, clock.now, lambda: places(store)))

    async def feed(source: Any) -> None:
        try:
            async for event in source.events():
                store.apply(event)
        except Exception as error:  # a bug in one source must be seen in what is waited for, and end no other
            LOG.exception("source %s failed", source.name)
            store.apply(SourceFailed(source.name, f"its reading failed ({type(error).__name__})", clock.now()))

    async def flush() -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY)
            store.flush()

    tasks = [asyncio.create_task(work) for work in (flush(), *(feed(source) for source in (*joined.sources, *own)))]
    try:
        yield joined
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await joined.close()


async def _found(store: Store, wish: Wish, until: float, say: Callable[[str], None]) -> Application:
    """Wait until the cluster has listed its Applications; return the one that is meant.

    Raises:
        SpottuiError: There is none, or several; they may not be read; the time is over before the cluster answered.
    """
    told = ""
    while True:
        access, projects = store.access["applications"], store.access["appprojects"]
        if access.state == "live" and projects.state != "waiting":
            namespace = wish.app.rpartition("/")[0]
            inside = [one for one in store.applications.values() if namespace in ("", one.namespace)]
            return one_called(inside, wish.app)
        if access.state in ("forbidden", "expired"):
            raise Forbidden(access.reason)
        if access.state == "absent":
            raise NotFound(NOT_INSTALLED)
        if clock.now() >= until:
            raise SpottuiError(f"The cluster did not answer in time, so nothing was armed for {wish.app}.")
        link = store.links.get("kube")
        whys = (link.reason if isinstance(link, LinkDown) else "", access.reason, projects.reason)
        why = next((each for each in whys if each and each != WAITING.reason), "")
        text = f"Nothing is armed yet: {why}" if why else ""
        if text and text != told:
            say(text)
        told = text
        await asyncio.sleep(LOOK_EVERY)


def _unheard(event: CommandHeard) -> None:
    """Nobody listens: there is no screen."""

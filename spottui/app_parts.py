"""Makes what screens and commands are given: the one Runner with its services, and the ways back to the app."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spottui.actions.audit import Audit
from spottui.actions.lock import WriteLock
from spottui.actions.permits import Permits
from spottui.actions.runner import Runner
from spottui.actions.services import Services
from spottui.app_argocd import ArgocdPort, argocd_acts
from spottui.app_armed import ArmedSyncs
from spottui.app_armed_parts import join_armed
from spottui.app_forwards import Forwards
from spottui.app_gitops import ArgocdReader
from spottui.app_lists import Looking, fetch_events
from spottui.app_objects import fetch_object
from spottui.app_shell import TerminalPort
from spottui.app_views import saver
from spottui.config import user_name
from spottui.records import Target
from spottui.records_logs import LogRange, LogSource
from spottui.screens.parts import LogReader, Parts, no_logs
from spottui.screens.yaml_text import secret_screen
from spottui.settings import Settings
from spottui.settings_folders import state_folder
from spottui.sources.argocd_reads import ArgocdReads
from spottui.sources.last_words import LastWords

if TYPE_CHECKING:
    from spottui.app import SpottuiApp


@dataclass(frozen=True, slots=True)
class Made:
    """The parts for the screens, and what of them the app must look after itself."""

    parts: Parts
    audit: Audit
    terminal_port: TerminalPort
    looking: Looking
    forwards: Forwards
    armed: ArmedSyncs
    argocd: tuple[ArgocdReader | ArgocdPort, ...]
    """What keeps connections to argocd-server; empty: the settings name none."""


def make_parts(app: SpottuiApp, settings: Settings, environ: Mapping[str, str], home: Path) -> Made:
    """Make the parts of one app; its store, port and clock are there already."""
    user, host = user_name(environ), platform.node()
    audit = _audit(app, settings, environ, user, host)
    terminal_port = TerminalPort(app, lambda: app.port.api)
    forwards = Forwards(lambda: app.port.api, app.store)
    looking = Looking(lambda: app.joined)
    server = argocd_acts(settings, environ, home)
    api = app.port if server is None else ArgocdReads(app.port, server)
    services = Services(
        api,
        app.clock,
        asyncio.sleep,
        f"spottui:{user}@{host}",
        terminal=terminal_port,
        forward=forwards.open,
        show=lambda target, found: _show_secret(app, target, found),
        save=saver(settings.log.file.parent, app.clock, ".yaml"),
        cluster_clock=app.port.clock(app.clock),
        argocd=server,
    )
    parts = _parts(app, settings, services, audit, looking, forwards)
    argocd = ArgocdReader(settings, environ, home, app.store) if settings.argocd.url else None
    if argocd is not None:
        parts.app_targets, parts.app_commit, parts.app_tree = argocd.targets, argocd.commit, argocd.tree
    armed = join_armed(
        parts,
        settings,
        audit=audit,
        state_folder=state_folder(environ, home),
        api=lambda: None if app.port.api is None else app.port.api if server is None else api,
        place=lambda: app.joined.place if app.joined else None,
        who=f"{user}@{host}",
        heard=app.hear,
        changed=app.screen_changed,
    )
    servers = tuple(one for one in (argocd, server) if one is not None)
    return Made(parts, audit, terminal_port, looking, forwards, armed, servers)


def _audit(app: SpottuiApp, settings: Settings, environ: Mapping[str, str], user: str, host: str) -> Audit:
    return Audit(
        settings.audit.path,
        user=user,
        host=host,
        ssh_connection=environ.get("SSH_CONNECTION", ""),
        context=settings.cluster.context or "",
        clock=app.clock,
    )


def _parts(
    app: SpottuiApp, settings: Settings, services: Services, audit: Audit, looking: Looking, forwards: Forwards
) -> Parts:
    unlock_seconds = settings.safety.unlock_minutes * 60
    lock = WriteLock(settings.safety.start_unlocked, app.clock, unlocked_for=unlock_seconds)
    permits = Permits(app.port, app.clock, argocd=services.argocd)
    return Parts(
        store=app.store,
        runner=Runner(services, permits, audit, lock, app.clock, app.hear, place=app.place),
        permits=permits,
        lock=lock,
        clock=app.clock,
        place=app.place,
        problem=lambda: app.problem,
        reconnect=app.reconnect,
        cluster_clock=services.cluster_clock,
        save=saver(settings.log.file.parent, app.clock),
        fetch=lambda target: fetch_object(app.port, target),
        fetch_events=lambda target: fetch_events(app.port, target),
        look_at=looking.at,
        look_away=looking.away,
        last_words=LastWords(app.port).of,
        forwards=forwards.list,
        stop_forward=forwards.stop,
        open_logs=_log_opener(app),
        unlock_seconds=unlock_seconds,
        plain=settings.ui.ascii,
        flash=settings.ui.flash,
        namespace=settings.cluster.namespace or "",
        robot=settings.robot.address or "",
        keys=settings.keys,
    )


def _log_opener(app: SpottuiApp) -> Callable[[Sequence[LogSource], LogRange, bool], LogReader]:
    def open_logs(sources: Sequence[LogSource], span: LogRange, previous: bool) -> LogReader:
        if app.port.api is None:
            return no_logs(sources, span, previous)
        from spottui.sources.logs import LogFeed

        return LogFeed(app.port.api, app.clock, sources, span, previous=previous)

    return open_logs


def _show_secret(app: SpottuiApp, target: Target, found: Mapping[str, Any]) -> None:
    app.call_later(app.push_screen, secret_screen(app.parts, target, found))

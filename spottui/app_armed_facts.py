"""Gathers from the store, and from the cluster where the store is spared it, what decides about armed syncs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from spottui.actions.objects import path_of
from spottui.errors import Forbidden, NotFound, SpottuiError
from spottui.events import LinkUp
from spottui.records import Target
from spottui.records_argocd import Application, SyncWindow
from spottui.records_armed import ArmedSync, source_of
from spottui.store import Store
from spottui.store_argocd import place_of, windows_about
from spottui.verdicts.release import AppNow, Facts
from spottui.verdicts.sync_windows import state
from spottui.verdicts.window import link_state
from spottui.verdicts.window_table import fresh_only

SHORTEST_SYNC, LONGEST_SYNC = 60.0, 900.0
"""Seconds within which the last sync's length is taken for that of the next."""
PROJECT_KEPT = 60.0
"""Seconds that a project is believed that was read because the store is spared it."""


class FactsReader:
    """Knows how everything stands that an armed sync waits for."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        api: Callable[[], Any],
        server: Callable[[], str],
        expects_robot: bool,
        cluster_clock: Callable[[], float] | None = None,
    ) -> None:
        """Take the store and the clocks; `api` returns the cluster's API, None while there is none."""
        self._cluster_clock = cluster_clock
        self._server, self._expects_robot = server, expects_robot
        self._store, self._clock, self._monotonic, self._api = store, clock, monotonic, api
        self._up_since: float | None = None
        self._latest: dict[str, float] = {}
        self._projects: dict[str, tuple[float, tuple[SyncWindow, ...] | None]] = {}
        self._cluster = ""

    def follow(self) -> None:
        """Note how the links stand now; call it often."""
        link = link_state(self._store.links.get("kube"), self._store.probes)
        if not link.is_up or self._store.is_down:
            self._up_since = None
        elif self._up_since is None:
            self._up_since = self._monotonic()

    async def cluster(self) -> str:
        """Return the UID of the cluster's kube-system, empty while it is not known."""
        if not self._cluster:
            known = (one.uid for one in self._store.namespaces.values() if one.name == "kube-system")
            self._cluster = next(known, "") or await self._asked_cluster()
        return self._cluster

    async def _asked_cluster(self) -> str:
        api = self._api()
        if api is None or self._store.is_down or not self._store.links.get("kube"):
            return ""
        try:
            answer = await api.request("GET", "/api/v1/namespaces/kube-system")
            return str(msgspec.json.decode(answer)["metadata"]["uid"])
        except (Forbidden, NotFound):
            # Who may not read it still has the Application's own UID, which no other cluster has.
            return f"at {self._server()}" if self._server() else ""
        except (SpottuiError, msgspec.DecodeError, KeyError, TypeError, ValueError, RecursionError):
            return ""

    async def look_up_windows(self, armed: ArmedSync) -> None:
        """Read the project's sync windows from the cluster where the store is spared them."""
        app = self._store.applications.get(armed.uid)
        api = self._api()
        if app is None or api is None or self._store.access["appprojects"].state == "live":
            return
        read_at, _ = self._projects.get(app.uid, (float("-inf"), None))
        if self._monotonic() - read_at < PROJECT_KEPT:
            return
        from spottui.sources.kube_raw_windows import RawWindow, windows

        project = Target(kind="AppProject", namespace=place_of(app), name=app.project or "default", uid="")
        found: tuple[SyncWindow, ...] | None = None
        try:
            path = path_of(project)
            spec = msgspec.json.decode(await api.request("GET", path)).get("spec") or {}
            found = windows(msgspec.convert(spec.get("syncWindows") or [], list[RawWindow]))
        except (SpottuiError, msgspec.DecodeError, AttributeError, ValueError, RecursionError):
            found = None
        self._projects[app.uid] = (self._monotonic(), found)

    def facts(self, armed: ArmedSync, cluster: str, *, is_other_running: bool = False) -> Facts:
        """Return everything that decides about one armed sync now."""
        store, now = self._store, self._clock()
        self._latest[armed.id] = max(now, self._latest.get(armed.id, armed.armed_at))
        link = link_state(store.links.get("kube"), store.probes)
        is_up = isinstance(store.links.get("kube"), LinkUp) and not store.is_down
        window = store.watch.window(now)
        app = self._app(armed)
        allowed, reason, allowed_for = self._sync_windows(app)
        return Facts(
            cluster=cluster,
            latest_clock=self._latest[armed.id],
            is_list_live=store.access["applications"].state == "live" and not store.is_down,
            app=None if app is None else _app_now(app),
            is_cluster_up=is_up,
            link_up_for=None if self._up_since is None else self._monotonic() - self._up_since,
            link_reason=link.reason,
            is_window_open=window.is_open,
            window_reason="; ".join(window.reasons[:2]) if window.is_known else "the robot was not heard yet",
            is_sync_allowed=allowed,
            sync_reason=reason,
            sync_allowed_for=allowed_for,
            sync_takes=_sync_takes(app),
            charge=self.charge(now),
            is_other_running=is_other_running,
        )

    @property
    def has_robot(self) -> bool:
        """A robot is configured or was heard: there is an update window to go by."""
        return self._expects_robot or self._store.watch.window(self._clock()).is_known

    def charge(self, now: float) -> float | None:
        """Return the charge of the emptiest battery in percent; None: not known, or too old."""
        robot = self._store.robot
        if robot is None:
            return None
        batteries = fresh_only(robot, now, self._store.watch.limits)[0].batteries
        charges = [battery.charge for battery in batteries or ()]
        known = [charge for charge in charges if charge is not None]
        return min(known) if known and len(known) == len(charges) else None

    def _app(self, armed: ArmedSync) -> Application | None:
        found = self._store.applications.get(armed.uid)
        if found is not None:
            return found
        named = (one for one in self._store.applications.values() if one.name == armed.name)
        return next((one for one in named if one.namespace == armed.namespace), None)

    def _sync_windows(self, app: Application | None) -> tuple[bool | None, str, float | None]:
        """Return whether the windows allow a sync by hand, why not, and for how long that stays so.

        By the cluster's clock, as Argo CD does.
        """
        now = self._cluster_clock() if self._cluster_clock else getattr(self._api(), "server_now", self._clock)()
        windows = None if app is None else self.windows_of(app)
        if app is None or windows is None:
            return None, "Argo CD's sync windows cannot be read", None
        found = state(windows, app, now)
        turns = found.manual_changes_at
        return found.allowed_manual, found.reason.rstrip("."), None if turns is None else turns - now

    def windows_of(self, app: Application) -> tuple[SyncWindow, ...] | None:
        """Return the sync windows that count for an Application; None: its project is not known."""
        known = windows_about(self._store, app)
        if known is not None:
            return known.windows
        return self._projects.get(app.uid, (0.0, None))[1]


def _app_now(app: Application) -> AppNow:
    return AppNow(
        uid=app.uid,
        source=source_of(app),
        is_busy=app.has_pending_operation,
        is_deleting=app.deleted_at is not None,
    )


def _sync_takes(app: Application | None) -> float:
    """Return how long the last sync took, in seconds, as a guess for the next."""
    last = app.operation if app is not None else None
    if last is None or last.started_at is None or last.finished_at is None:
        return SHORTEST_SYNC
    return min(LONGEST_SYNC, max(SHORTEST_SYNC, last.finished_at - last.started_at))

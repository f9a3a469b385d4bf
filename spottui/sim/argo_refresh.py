"""Refreshes of Applications: when one is due, what it writes, and the automated sync it may start."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from spottui.sim.argo_autosync import decide
from spottui.sim.argo_comparison import Compared, Comparer
from spottui.sim.argo_index import Tracked, instance_of
from spottui.sim.argo_memory import FORCED, LATEST, NOTHING, RECENT, Memory
from spottui.sim.argo_projects import APPLICATIONS, app_of, project_of, sources_of, spec_errors
from spottui.sim.argo_settings import Settings, settings_of, windows_of
from spottui.sim.argo_status import set_conditions, set_health
from spottui.sim.argo_windows import BadWindow, can_sync
from spottui.sim.controllers_events import Recorder
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.story_clock import StoryClock

REFRESH = "argocd.argoproj.io/refresh"
_SPEC_TYPES = ("InvalidSpecError", "UnknownError")
_COMPARE_TYPES = ("ComparisonError", "RepeatedResourceWarning", "SharedResourceWarning", "OrphanedResourceWarning")


@dataclass(frozen=True, slots=True)
class Need:
    """A refresh that is due."""

    level: int
    hard: bool = False


class Refresher:
    """Compares Applications and writes their status."""

    def __init__(
        self,
        objects: Objects,
        clock: StoryClock,
        comparer: Comparer,
        tracked: Tracked,
        recorder: Recorder,
        *,
        namespace: str,
        seed: int,
    ) -> None:
        self._objects, self._clock, self._comparer = objects, clock, comparer
        self._tracked, self._recorder, self._namespace = tracked, recorder, namespace
        self._random = random.Random(f"argo-{seed}")

    # -- when --------------------------------------------------------------------------------------

    def need(self, app: Object, memory: Memory) -> Need | None:
        """Return the refresh that an Application needs now; None for none."""
        asked = (app["metadata"].get("annotations") or {}).get(REFRESH)
        if asked is not None:
            return Need(FORCED, asked == "hard")
        spec = app["spec"]
        against = ((app.get("status") or {}).get("sync") or {}).get("comparedTo") or {}
        if sources_of(spec) != sources_of(against):
            return Need(FORCED)
        if self._is_due(memory):
            return Need(LATEST, self._is_hard_due(memory))
        if memory.look_again_at is not None and self._clock.now() >= memory.look_again_at:
            return Need(LATEST)
        is_elsewhere = spec.get("destination") != against.get("destination")
        if is_elsewhere or (spec.get("ignoreDifferences") or []) != (against.get("ignoreDifferences") or []):
            return Need(LATEST)
        return Need(memory.requested) if memory.requested != NOTHING else None

    def _is_due(self, memory: Memory) -> bool:
        if memory.compared_at is None:
            return True
        return memory.period > 0 and self._clock.now() - memory.compared_at >= memory.period

    def _is_hard_due(self, memory: Memory) -> bool:
        every = settings_of(self._objects, self._namespace).hard_resync
        return every > 0 and memory.hard_at is not None and self._clock.now() - memory.hard_at >= every

    def period(self) -> float:
        """Return the seconds until an Application is to be compared again, its jitter included; 0 is never."""
        settings = settings_of(self._objects, self._namespace)
        if settings.resync <= 0:
            return 0.0
        return settings.resync + self._random.uniform(0.0, settings.jitter)

    # -- what --------------------------------------------------------------------------------------

    async def refresh(self, app: Object, memory: Memory, need: Need) -> None:
        """Compare an Application and write what comes of it."""
        memory.requested, memory.look_again_at = NOTHING, None
        spec, settings = app["spec"], settings_of(self._objects, self._namespace)
        project = project_of(self._objects, app, self._namespace)
        errors = spec_errors(app, project, self._namespace)
        if errors:
            memory.compared_at, memory.period = self._clock.now(), self.period()
            self._write(app, lambda status, now: _refuse(status, errors, now))
            return
        revisions = self._recent(app) if need.level == RECENT else []
        compared = await self._comparer.compare(
            app, sources_of(spec), revisions, fresh=need.level == FORCED, hard=need.hard
        )
        if self._is_hidden(compared, memory, need, settings):
            return  # an error of git's is not told at first: the last comparison stands, grows old, and stays due
        if need.level >= LATEST or memory.compared_at is None:
            memory.compared_at, memory.period = self._clock.now(), self.period()
            memory.hard_at = self._clock.now() if need.hard or memory.hard_at is None else memory.hard_at
        self._tell(app, compared, memory, need, settings)

    def _recent(self, app: Object) -> list[str]:
        sync = (app.get("status") or {}).get("sync") or {}
        return list(sync.get("revisions") or ([sync["revision"]] if sync.get("revision") else []))

    def _is_hidden(self, compared: Compared, memory: Memory, need: Need, settings: Settings) -> bool:
        if not compared.error:
            memory.failed_at = None
            return False
        if memory.failed_at is None:
            memory.failed_at = self._clock.now()
            return need.level != FORCED and settings.grace > 0
        return need.level != FORCED and self._clock.now() - memory.failed_at <= settings.grace

    def _tell(self, app: Object, compared: Compared, memory: Memory, need: Need, settings: Settings) -> None:
        latest = app_of(self._objects, app["metadata"]["namespace"], app["metadata"]["name"])
        if latest is None:
            return
        decision = None
        if self._may_sync_by_itself(latest):
            decision = decide(latest, compared, memory, self._clock.now())
        instance = instance_of(app, self._namespace)
        images, orphans = self._tracked.images(instance), self._orphans(app)

        def edit(status: dict[str, Any], now: str) -> None:
            set_conditions(status, _SPEC_TYPES, [], now)
            set_conditions(status, _COMPARE_TYPES, compared.conditions + orphans, now)
            if decision is not None:
                found = [("SyncError", decision.error)] if decision.error else []
                set_conditions(status, ("SyncError",), found, now)
            if need.level >= LATEST or "reconciledAt" not in status:
                status["reconciledAt"] = now
            status["sync"] = compared.sync_status(app["spec"])
            set_health(status, compared.health, now)
            _set(status, "resources", compared.rows(settings.persists_health))
            _set(status, "resourceHealthSource", "" if settings.persists_health else "appTree")
            status |= compared.types(app["spec"])
            status["summary"] = {
                **({"images": images} if images else {}),
                **({"isAppOfApps": True} if compared.is_app_of_apps else {}),
            }
            status["controllerNamespace"] = self._namespace

        self._write(latest, edit, decision.operation if decision else None)
        if decision is not None and decision.wait > 0:
            memory.look_again_at = self._clock.now() + decision.wait

    def _may_sync_by_itself(self, app: Object) -> bool:
        try:
            return can_sync(windows_of(self._objects, app, self._namespace), self._objects.wall(), is_manual=False)
        except BadWindow:
            return False

    def _orphans(self, app: Object) -> list[tuple[str, str]]:
        project = project_of(self._objects, app, self._namespace)
        rule = ((project or {}).get("spec") or {}).get("orphanedResources")
        if rule is None or rule.get("warn") is False:
            return []
        count = self._tracked.orphans((app["spec"].get("destination") or {}).get("namespace", ""))
        return [("OrphanedResourceWarning", f"Application has {count} orphaned resources")] if count else []

    def _write(self, app: Object, edit: Any, operation: dict[str, Any] | None = None) -> None:
        """Write the status, take the refresh annotation away, and set an operation that the controller starts."""
        now = rfc3339(self._objects.wall())

        def change(new: Object) -> None:
            status = new.setdefault("status", {})
            edit(status, now)
            annotations = new["metadata"].get("annotations")
            if annotations:
                annotations.pop(REFRESH, None)
            if operation is not None:
                new["operation"] = operation
                status.pop("operationState", None)

        meta = app["metadata"]
        made = self._objects.change(APPLICATIONS, meta["namespace"], meta["name"], change)
        if made is None:
            return
        before, after = app.get("status") or {}, made["status"]
        for part in ("sync", "health"):
            old, new = (before.get(part) or {}).get("status", ""), (after.get(part) or {}).get("status", "")
            if old != new:
                said = f"Updated {part} status: {old} -> {new}"
                self._recorder.record(made, APPLICATIONS, "ResourceUpdated", said)
        if operation is not None:
            shas = " ".join(operation["sync"].get("revisions") or [operation["sync"]["revision"]])
            said = f"Initiated automated sync to [{shas}]"
            self._recorder.record(made, APPLICATIONS, "OperationStarted", said)


def _refuse(status: dict[str, Any], errors: list[str], now: str) -> None:
    set_conditions(status, _SPEC_TYPES, [("InvalidSpecError", text) for text in errors], now)
    status["sync"] = {**(status.get("sync") or {}), "status": "Unknown"}
    set_health(status, "Unknown", now)


def _set(status: dict[str, Any], name: str, value: Any) -> None:
    if value:
        status[name] = value
    else:
        status.pop(name, None)

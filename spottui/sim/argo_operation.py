"""The life of an operation: taken from the top level of an Application, shown in operationState, ended, forgotten.

The controller remembers nothing of a running operation but what is in operationState, so whoever writes there
changes its course: that is how it is terminated, and how a state that was left there is mixed into the next one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from spottui.sim.api_patches import merge_patch
from spottui.sim.argo_apply import Cluster
from spottui.sim.argo_comparison import Compared, Comparer
from spottui.sim.argo_index import instance_of
from spottui.sim.argo_memory import FORCED, Memory
from spottui.sim.argo_plan import Plan
from spottui.sim.argo_projects import APPLICATIONS, app_of, project_of, refusal, sources_of
from spottui.sim.argo_retry import is_retried, retry_wait
from spottui.sim.argo_settings import windows_of
from spottui.sim.argo_status import Condition, errors_of
from spottui.sim.argo_sync import Sync
from spottui.sim.argo_windows import BadWindow, can_sync
from spottui.sim.controllers_events import Recorder
from spottui.sim.objects import Object, Objects, copy_of, rfc3339
from spottui.sim.story_clock import StoryClock

State = dict[str, Any]
COMPLETED = ("Succeeded", "Failed", "Error")
WAVE_DELAY = 2.0
"""Seconds between two waves, for others to notice what changed (ARGOCD_SYNC_WAVE_DELAY)."""
APPROVED = "argocd.argoproj.io/deletion-approved"
BLOCKED = "Sync operation blocked by sync window"
_TERMINATING = "operation is terminating"


def is_in_progress(state: State | None) -> bool:
    """Tell whether an operationState is of an operation that has not ended."""
    return bool(state) and state.get("phase") not in COMPLETED


def seconds_of(stamp: str) -> float | None:
    """Return a time stamp in seconds since the epoch; None when it is none."""
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


class Operations:
    """Carries operations on, one pass at a time."""

    def __init__(
        self, cluster: Cluster, clock: StoryClock, comparer: Comparer, recorder: Recorder, *, namespace: str
    ) -> None:
        self._cluster, self._clock, self._comparer = cluster, clock, comparer
        self._recorder, self._namespace = recorder, namespace
        self._objects: Objects = cluster.objects

    async def step(self, app: Object, memory: Memory) -> float:
        """Do one pass of an Application's operation.

        Returns:
            Seconds until the next one, when only time is waited for; 0 when a change will tell.
        """
        stored = (app.get("status") or {}).get("operationState") or {}
        if is_in_progress(stored):
            state = {"operation": app["operation"], "startedAt": self._now(), **copy_of(stored)}
            if state.get("finishedAt") and state["phase"] != "Terminating":
                left = retry_wait(state, memory, self._clock.now())
                if left > 0:
                    return left
                self._begin_again(app, state)
        else:
            state = {"operation": app["operation"], "phase": "Running", "startedAt": self._now()}
            self._write(app, state)
        was_terminating = state["phase"] == "Terminating"
        project = project_of(self._objects, app, self._namespace)
        if project is None:
            name = app["spec"].get("project") or "default"
            state["phase"] = "Error"
            state["message"] = f'error getting app project "{name}": appproject.argoproj.io "{name}" not found'
        else:
            await self._sync(app, project, state)
        return self._settle(app, state, memory, was_terminating=was_terminating)

    def _begin_again(self, app: Object, state: State) -> None:
        latest = ""
        if (state["operation"].get("retry") or {}).get("refresh"):
            latest = " with latest revisions"
            for name in ("revision", "revisions"):
                (state["operation"].get("sync") or {}).pop(name, None)
        state["message"] = f"Retrying operation{latest}. Attempt #{state.get('retryCount', 1)}"
        state.pop("finishedAt")
        self._write(app, state)
        state.pop("syncResult", None)

    def _settle(self, app: Object, state: State, memory: Memory, *, was_terminating: bool) -> float:
        fresh = app_of(self._objects, app["metadata"]["namespace"], app["metadata"]["name"])
        if fresh is None:
            return 0.0
        now_stored = (fresh.get("status") or {}).get("operationState") or {}
        left = 0.0
        if state["phase"] == "Running" and now_stored.get("phase") == "Terminating":
            state["phase"], state["message"] = "Terminating", _TERMINATING
        elif state["phase"] in ("Failed", "Error"):
            memory.finished_at = self._clock.now()
            left = is_retried(state, was_terminating, self._objects.wall())
        self._write(fresh, state)
        if state["phase"] in COMPLETED:
            memory.finished_at = self._clock.now()
            if not (state["operation"].get("sync") or {}).get("dryRun"):
                memory.request(FORCED)
        return left

    # -- the sync itself ---------------------------------------------------------------------------

    async def _sync(self, app: Object, project: Object, state: State) -> None:
        asked = state["operation"].get("sync")
        if asked is None:
            state["phase"], state["message"] = "Error", "Invalid operation request: no operation specified"
            return
        result = state.setdefault("syncResult", _new_result(app["spec"], asked))
        blocked = self._blocked(app, state)
        if blocked:
            if state["phase"] == "Running":
                state["message"] = blocked
            return
        if state["phase"] == "Terminating" and state.get("message") != _TERMINATING:
            state["message"] = _TERMINATING  # it is seen first, and done in the next pass
            return
        refused = self._errors(app)
        if refused:  # such a spec is not worth asking git for
            state["phase"], state["message"] = "Error", errors_of(refused)
            return
        given = result.get("revisions") or [result.get("revision", "")]
        compared = await self._comparer.compare(app, sources_of(result), given, fresh=True, hard=False)
        if "revisions" in result or result.get("sources"):
            result["revisions"] = compared.revisions
        result["revision"] = compared.revisions[0] if not result.get("sources") else ""
        if "FailOnSharedResource=true" in (asked.get("syncOptions") or ()) and compared.found.shared:
            state["phase"], state["message"] = "Failed", f"Shared resource found: {compared.found.shared[0]}"
            return
        if compared.error:
            state["phase"], state["message"] = "Error", errors_of([("ComparisonError", compared.error)])
            return
        await self._advance(app, project, state, compared)

    async def _advance(self, app: Object, project: Object, state: State, compared: Compared) -> None:
        asked, result = state["operation"]["sync"], state["syncResult"]
        plan = self._plan(app, project, state, compared.revisions[0])
        if "RespectIgnoreDifferences=true" in plan.options:
            compared.found.keep_ignored(app["spec"].get("ignoreDifferences") or [])
        sync = Sync(self._cluster, compared.found, plan, result.get("resources") or ())
        if state["phase"] == "Terminating":
            sync.terminate()
        else:
            sync.advance()
        if sync.wave_is_over:
            await self._clock.sleep(WAVE_DELAY)
        state["phase"], state["message"] = sync.phase, sync.message
        result["resources"] = sync.rows
        if plan.namespace_metadata is not None:
            result["managedNamespaceMetadata"] = plan.namespace_metadata
        if sync.phase == "Succeeded" and not plan.dry_run and not asked.get("resources"):
            self._write_history(app, state)

    def _plan(self, app: Object, project: Object, state: State, revision: str) -> Plan:
        asked, spec = state["operation"]["sync"], app["spec"]
        strategy = asked.get("syncStrategy") or {}
        how = strategy.get("apply") or strategy.get("hook") or {}
        started = int(seconds_of(state["startedAt"]) or 0)
        approved = seconds_of((app["metadata"].get("annotations") or {}).get(APPROVED, ""))
        return Plan(
            instance=instance_of(app, self._namespace),
            namespace=(spec.get("destination") or {}).get("namespace", ""),
            revision=revision,
            started=started,
            dry_run=bool(asked.get("dryRun")),
            prune=bool(asked.get("prune")),
            force=bool(how.get("force")),
            skip_hooks="apply" in strategy or bool(asked.get("resources")),
            resources=tuple(asked.get("resources") or ()),
            options=frozenset(asked.get("syncOptions") or ()),
            prune_confirmed=approved is not None and approved >= started,
            namespace_metadata=(spec.get("syncPolicy") or {}).get("managedNamespaceMetadata"),
            permit=lambda one: refusal(project, one),
        )

    def _blocked(self, app: Object, state: State) -> str:
        """Return what a sync window has to say; empty when it may run.

        Whether a human asked is read from the state as it was before this pass: the first pass of an operation
        that was set with no state beside it counts as automated.
        """
        before = ((app.get("status") or {}).get("operationState") or {}).get("operation")
        is_manual = before is not None and not (before.get("initiatedBy") or {}).get("automated")
        try:
            windows = windows_of(self._objects, app, self._namespace)
            started = seconds_of(state["startedAt"])
            allowed = can_sync(windows, self._objects.wall(), is_manual=is_manual, started=started)
        except BadWindow as error:
            return f"{BLOCKED}: invalid sync windows: {error}"
        return "" if allowed else BLOCKED

    @staticmethod
    def _errors(app: Object) -> list[Condition]:
        known = (app.get("status") or {}).get("conditions") or ()
        return [(each["type"], each["message"]) for each in known if each.get("type") == "InvalidSpecError"]

    # -- writing -----------------------------------------------------------------------------------

    def _now(self) -> str:
        return rfc3339(self._objects.wall())

    def _write(self, app: Object, state: State) -> None:
        """Show a state: a running one by a merge patch, a completed one in place of all that was there."""
        is_over = state["phase"] in COMPLETED
        if is_over:
            state["finishedAt"] = self._now()

        def change(new: Object) -> None:
            status = new.setdefault("status", {})
            if is_over:
                status["operationState"] = state
                new.pop("operation", None)
                return
            patch = state if "finishedAt" in state else {**state, "finishedAt": None}
            status["operationState"] = merge_patch(status.get("operationState") or {}, patch)

        meta = app["metadata"]
        made = self._objects.change(APPLICATIONS, meta["namespace"], meta["name"], change)
        if made is not None and is_over:
            self._tell(made, state)

    def _tell(self, app: Object, state: State) -> None:
        is_partial = bool((state["operation"].get("sync") or {}).get("resources"))
        said = "Partial sync operation" if is_partial else "Sync operation"
        if "syncResult" in state:
            said += f" to {state['syncResult'].get('revision', '')}"
        succeeded = state["phase"] == "Succeeded"
        said += " succeeded" if succeeded else f" failed: {state.get('message', '')}"
        self._recorder.record(app, APPLICATIONS, "OperationCompleted", said, warning=not succeeded)

    def _write_history(self, app: Object, state: State) -> None:
        result = state["syncResult"]
        row: dict[str, Any] = {
            "revision": result["revision"],
            "source": result.get("source") or {"repoURL": ""},
            "deployStartedAt": state["startedAt"],
            "deployedAt": self._now(),
            "initiatedBy": state["operation"].get("initiatedBy") or {},
        }
        if result.get("sources"):
            row |= {"revisions": result["revisions"], "sources": result["sources"]}

        def change(new: Object) -> None:
            history = new.setdefault("status", {}).get("history") or []
            rows = [*history, {"id": history[-1]["id"] + 1 if history else 0, **row}]
            kept = new["spec"].get("revisionHistoryLimit", 10)
            new["status"]["history"] = rows[-kept:] if kept > 0 else []

        self._objects.change(APPLICATIONS, app["metadata"]["namespace"], app["metadata"]["name"], change)


def _new_result(spec: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    given = asked if asked.get("source") or asked.get("sources") else spec
    result: dict[str, Any] = {"revision": asked.get("revision", "")}
    if given.get("sources"):
        result |= {"source": {"repoURL": ""}, "sources": given["sources"]}
        result["revisions"] = list(asked.get("revisions") or ())
    else:
        result["source"] = given.get("source") or {"repoURL": ""}
    return result

"""One pass of a sync: what may be applied now is applied, and what has to be waited for is said.

A sync goes through phases and, in each, waves; a pass does one wave. Its whole memory are the rows of
`operationState.syncResult.resources`, so that it can go on after a restart.
Left out of the real one: finalizers on hooks.
"""

from __future__ import annotations

from collections.abc import Sequence

from spottui.sim.argo_apply import Cluster
from spottui.sim.argo_compare import Difference
from spottui.sim.argo_health import health, images_of
from spottui.sim.argo_manifest import has_option, place_of
from spottui.sim.argo_plan import Plan, tasks_of
from spottui.sim.argo_tasks import Row, RowKey, Task, order, split
from spottui.sim.objects import Object

_PHASE_OF = {"Synced": "Running", "SyncFailed": "Failed", "Pruned": "Succeeded", "PruneSkipped": "Succeeded"}


class Sync:
    """The sync context: results so far in, phase, message and results out."""

    def __init__(self, cluster: Cluster, found: Difference, plan: Plan, rows: Sequence[Row]) -> None:
        self.phase, self.message = "Running", ""
        self.wave_is_over = False
        """A wave was applied, and another follows: the controller waits a moment then."""
        self._cluster, self._found, self._plan = cluster, found, plan
        self._rows: dict[RowKey, Row] = {
            ((row["group"], row["kind"], row["namespace"], row["name"]), row.get("syncPhase", "Sync")): row
            for row in rows
        }

    @property
    def rows(self) -> list[Row]:
        """The results, in the order in which they came."""
        return list(self._rows.values())

    # -- a pass ------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Do what can be done now."""
        tasks, valid = self._tasks()
        if not valid:
            self._end("Failed", "one or more synchronization tasks are not valid")
            return
        if not self._rows and not self._tried_dry(tasks):
            return
        self._look_after_running(tasks)
        last = max((order(task)[:2] for task in tasks), default=(0, 0))
        first = min((order(task)[:2] for task in tasks), default=(0, 0))
        waiting = [task for task in tasks if task.is_running and (task.is_hook or first != last)]
        if waiting:
            self._fail_missing(waiting)
            self._wait_for(waiting)
            return
        leaving = [
            task
            for task in tasks
            if task.status == "Pruned" and task.live is not None and "deletionTimestamp" in task.live["metadata"]
        ]
        if leaving and not self._plan.dry_run:
            self._wait_for(leaving, "deletion of")
            return
        self._go_on(tasks)

    def _go_on(self, tasks: list[Task]) -> None:
        on_failure, tasks = split(tasks, lambda task: task.phase == "SyncFail")
        over = [task for task in tasks if task.is_hook and task.live is not None and not task.is_running]
        if any(task.has_failed for task in tasks):
            self._delete_hooks([task for task in over if task.goes_on("HookFailed")])
            failed = [task for task in tasks if task.status == "SyncFailed"]
            self._fail(on_failure, failed, "one or more synchronization tasks completed unsuccessfully")
            return
        succeeded = [task for task in over if task.is_completed and task.goes_on("HookSucceeded")]
        pending = [task for task in tasks if task.is_pending]
        if "ApplyOutOfSyncOnly=true" in self._plan.options:
            pending = [task for task in pending if task.is_hook or task.is_prune or task.live is None or task.differs]
        if not pending:
            self._delete_hooks(succeeded)
            self._end("Succeeded", "successfully synced (no more tasks)")
            return
        turn = min(order(task)[:2] for task in pending)
        now, later = split(pending, lambda task: order(task)[:2] == turn)
        self._end("Running", "one or more tasks are running")
        outcome = self._run(now, dry_run=self._plan.dry_run)
        self.wave_is_over = bool(later) and outcome != "failed"
        if outcome == "failed":
            failed = [task for task in now if task.status == "SyncFailed"]
            self._fail(on_failure, failed, "one or more objects failed to apply")
        elif outcome == "waiting":
            self._wait_for([task for task in now if task.is_hook and task.live is not None], "deletion of")
        elif outcome == "done" and not later and not any(task.is_hook for task in now):
            self._delete_hooks(succeeded)
            self._end("Succeeded", "successfully synced (all tasks run)")
        elif outcome == "done":
            self._wait_for(now)

    def terminate(self) -> None:
        """End it: hooks that run are deleted, what was applied stays."""
        for task in self._tasks()[0]:
            if not task.is_hook or not task.is_running:
                continue
            live = self._cluster.find(task.object)
            if live is None:
                self._note(task, task.status, "Succeeded", "Terminated")
                continue
            state, said = _hook_state(live)
            if state == "Running" or task.goes_on("HookFailed"):
                self._cluster.delete(live, "foreground")
            if state == "Running":
                self._note(task, task.status, "Failed", "Terminated")
            else:
                self._note(task, task.status, state, said)
        self._end("Failed", "Operation terminated")

    def _tasks(self) -> tuple[list[Task], bool]:
        tasks = tasks_of(self._cluster, self._found, self._plan)
        valid = True
        for task in tasks:
            row = self._rows.get(task.key)
            if row is not None:
                task.status, task.state = row.get("status", ""), row.get("hookPhase", "")
                task.message = row.get("message", "")
            refused = self._plan.permit(task.object)
            if refused:
                self._note(task, "SyncFailed", "", refused)
                valid = False
        return tasks, valid

    # -- doing -------------------------------------------------------------------------------------

    def _tried_dry(self, tasks: list[Task]) -> bool:
        """Try everything without doing it, but for a namespace that is needed; False when that fails."""
        place = ("", "Namespace", "", self._plan.namespace)
        namespaces, others = split(tasks, lambda task: task.live is None and place_of(task.object) == place)
        if self._run(namespaces, dry_run=self._plan.dry_run) == "failed":
            self._fail([], namespaces, "the namespace failed to apply")
            return False
        if self._run(others, dry_run=True) == "failed":
            self._end("Failed", "one or more objects failed to apply (dry run)")
            return False
        return True

    def _run(self, tasks: list[Task], *, dry_run: bool) -> str:
        """Prune and apply; return "done", "failed", "waiting" (for hooks to go) or "asking" (for a confirmation)."""
        is_told = not dry_run or self._plan.dry_run
        prunes, creates = split(tasks, lambda task: task.is_prune)
        if not dry_run and self._asks_for_confirmation(prunes):
            return "asking"
        outcomes = []
        for task in prunes:
            assert task.live is not None
            pruned = self._cluster.prune(
                task.live, prune=self._plan.prune, dry_run=dry_run, policy=self._plan.prune_policy
            )
            outcomes.append((task, pruned))
        old_hooks = [task for task in creates if task.live and task.is_pending and task.goes_on("BeforeHookCreation")]
        if old_hooks and not dry_run:
            self._note_all(outcomes, is_told)
            self._delete_hooks(old_hooks)
            return "waiting"
        for task in creates:
            assert task.target is not None
            one, options = task.target, self._plan.options
            done = self._cluster.apply(
                one,
                dry_run=dry_run,
                force=self._plan.force or has_option(one, "Force=true"),
                replace="Replace=true" in options or has_option(one, "Replace=true"),
                own="ServerSideApply=true" in options or has_option(one, "ServerSideApply=true"),
            )
            outcomes.append((task, done))
        self._note_all(outcomes, is_told)
        return "failed" if any(done[0] == "SyncFailed" for _, done in outcomes) else "done"

    def _note_all(self, outcomes: list[tuple[Task, tuple[str, str]]], is_told: bool) -> None:
        for task, (status, said) in outcomes:
            state = _PHASE_OF[status]
            if self._plan.dry_run and state == "Running":
                state = "Succeeded"
            if is_told or status == "SyncFailed":
                self._note(task, status, state, said)

    def _asks_for_confirmation(self, prunes: list[Task]) -> bool:
        asking = [task for task in prunes if self._plan.prune and has_option(task.live, "Prune=confirm")]
        if not asking or self._plan.prune_confirmed:
            return False
        first = asking[0].object
        more = f" and {len(asking) - 1} more resources" if len(asking) > 1 else ""
        named = f"{first['apiVersion']}/{first['kind']}/{first['metadata']['name']}"
        self._end("Running", f"waiting for pruning confirmation of {named}{more}")
        return True

    def _look_after_running(self, tasks: list[Task]) -> None:
        for task in tasks:
            if not task.is_running or task.live is None or task.is_prune:
                continue
            if task.is_hook:
                self._note(task, task.status, *_hook_state(task.live))
                continue
            found = health(task.live)
            if found is None or found[0] == "Healthy":
                self._note(task, task.status, "Succeeded", found[1] if found else "")
            elif found[0] == "Degraded":
                self._note(task, task.status, "Failed", found[1])

    def _fail_missing(self, waiting: list[Task]) -> None:
        for task in waiting:
            if self._cluster.find(task.object) is None:
                gone = f"Resource {task.title} is missing, it might have been deleted"
                self._note(task, "SyncFailed", "Error", gone)

    def _fail(self, on_failure: list[Task], failed: list[Task], message: str) -> None:
        """End as failed; hooks for this case run before."""
        reasons = ",".join(task.message for task in failed)
        said = f"{message}, reason: {reasons}" if reasons else message
        if not all(task.is_completed for task in on_failure):
            due = [task for task in on_failure if task.is_pending]
            self._run(due, dry_run=False)
            self._wait_for([task for task in on_failure if not task.is_completed])
            return
        ill = [task.message for task in on_failure if task.status == "SyncFailed"]
        if ill:
            said += f"\none or more SyncFail hooks failed, reason: {','.join(ill)}"
        self._end("Failed", said)

    def _delete_hooks(self, hooks: list[Task]) -> None:
        for task in hooks:
            live = self._cluster.find(task.object)
            if live is not None and "deletionTimestamp" not in live["metadata"]:
                self._cluster.delete(live, "foreground")

    def _wait_for(self, tasks: list[Task], reason: str = "") -> None:
        if not tasks:
            self._end("Running", self.message)
            return
        hooks, others = split(tasks, lambda task: task.is_hook)
        if reason:
            reason += " hook" if hooks else ""
        else:
            reason = "completion of hook" if hooks else "healthy state of"
        message = f"waiting for {reason} {(hooks or others)[0].title}"
        if len(tasks) > 1:
            message += f" and {len(tasks) - 1} more {'resources' if others else 'hooks'}"
        self._end("Running", message)

    def _end(self, phase: str, message: str) -> None:
        self.phase, self.message = phase, message

    def _note(self, task: Task, status: str, state: str, message: str) -> None:
        """Write a task's row; an empty message keeps the one it had."""
        task.status, task.state, task.message = status, state, message or task.message
        group, kind, namespace, name = place_of(task.object)
        row: Row = {
            "group": group,
            "version": task.object["apiVersion"].rpartition("/")[2],
            "kind": kind,
            "namespace": namespace,
            "name": name,
        }
        key = ((group, kind, namespace, name), task.phase)
        row |= {"status": status, "message": task.message, "hookPhase": state, "syncPhase": task.phase}
        if task.is_hook:
            row["hookType"] = task.phase
        images = images_of(task.object)
        if images:
            row["images"] = images
        self._rows[key] = {name: value for name, value in row.items() if value != "" or name in ("group", "namespace")}


def _hook_state(live: Object) -> tuple[str, str]:
    found = health(live)
    if found is None:
        return "Succeeded", f"{live['metadata']['name']} created"
    status, said = found
    if status in ("Unknown", "Degraded"):
        return "Failed", said
    return ("Running" if status in ("Progressing", "Suspended") else "Succeeded"), said

"""Every command there is: key bar, palette, menu, help and audit are made from this list."""

from __future__ import annotations

from spottui.actions.action import Action, Permission, Run, Weight
from spottui.actions.registry_access import ACCESS_ACTIONS
from spottui.actions.registry_argocd import APPLICATION_ACTIONS
from spottui.actions.registry_jobs import JOB_ACTIONS
from spottui.actions.registry_nodes import NODE_ACTIONS
from spottui.actions.registry_pods import POD_ACTIONS
from spottui.actions.registry_secrets import SECRET_ACTIONS
from spottui.actions.registry_workloads import WORKLOAD_ACTIONS
from spottui.actions.services import Options

__all__ = ["ACTIONS", "Action", "Permission", "Run", "Weight", "by_id", "fitting", "for_kind", "sync_action"]

ACTIONS: tuple[Action, ...] = (
    *WORKLOAD_ACTIONS,
    *POD_ACTIONS,
    *ACCESS_ACTIONS,
    *NODE_ACTIONS,
    *JOB_ACTIONS,
    *APPLICATION_ACTIONS,
    *SECRET_ACTIONS,
)

_BY_ID = {action.id: action for action in ACTIONS}


def by_id(action_id: str) -> Action:
    """Return the action with this id.

    Raises:
        KeyError: There is none.
    """
    return _BY_ID[action_id]


def sync_action(options: Options) -> Action:
    """Return the action for a sync with these options: a dry run, and what deletes, have actions of their own."""
    if options.get("dry_run"):
        return by_id("application.sync-dry-run")
    if options.get("force") or options.get("replace"):
        return by_id("application.sync-force")
    return by_id("application.sync-prune" if options.get("prune") else "application.sync")


def fitting(action: Action, kind: str) -> Action:
    """Return the action of the same key that is for this kind: `s` is a shell on a pod and a sync on an Application."""
    if kind in action.kinds or not action.key:
        return action
    return next((one for one in ACTIONS if one.key == action.key and kind in one.kinds), action)


def for_kind(kind: str) -> tuple[Action, ...]:
    """Return the actions for a Kubernetes kind, in the order of `ACTIONS`."""
    return tuple(action for action in ACTIONS if kind in action.kinds)

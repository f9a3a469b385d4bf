"""What the palette (`:`) and the action menu (`m`) offer, made from the action registry."""

from __future__ import annotations

from collections.abc import Sequence

from spottui.actions.permits import Permits
from spottui.actions.registry import ACTIONS, Action
from spottui.records import Meta, Target
from spottui.screens.choice import Choice
from spottui.store import WORKLOAD_KINDS, Store

PLURALS = {
    "Pod": "pods",
    "Node": "nodes",
    "Application": "applications",
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "ReplicaSet": "replicasets",
    "Job": "jobs",
    "CronJob": "cronjobs",
}

VIEWS = (
    Choice("app.show_screen('overview')", "Overview", ("ov", "overview", "pulses"), "1"),
    Choice("app.show_screen('nodes')", "Nodes", ("no", "node", "nodes"), "2"),
    Choice("app.show_screen('workloads', 'pods')", "Pods", ("po", "pod", "pods"), "3"),
    Choice("app.show_screen('workloads', 'owners')", "Workloads", ("wk", "dp", "deploy", "sts", "ds"), "3 tab"),
    Choice("app.show_screen('gitops')", "GitOps: Applications", ("app", "apps", "argo"), "5"),
    Choice("app.show_screen('host')", "Host", ("host",), "8"),
    Choice("app.show_screen('timeline')", "Timeline and events", ("ev", "events", "timeline", "audit"), "9"),
    Choice("toggle_lock", "Lock or unlock writing", ("lock", "unlock"), "L"),
    Choice("freeze", "Freeze the screen", ("freeze",), "P"),
    Choice("reconnect", "Reconnect now", ("reconnect",), "ctrl-r"),
    Choice("save", "Save this view to a file", ("save",), "ctrl-s"),
    Choice("help", "Help", ("help", "h"), "?"),
    Choice("app.quit", "Quit", ("q", "quit", "q!"), "q"),
)


def choices(actions: Sequence[Action], targets: Sequence[Target], permits: Permits) -> list[Choice]:
    """Return everything the palette offers here: actions on the row first, then views, then actions by name."""
    offered = action_choices(actions, targets, permits)
    here = {choice.id for choice in offered}
    by_name = [
        Choice(action.id, f"{action.title} NAME", _words(action), action.help, takes_argument=True)
        for action in ACTIONS
        if action.id not in here
    ]
    return [*offered, *VIEWS, *by_name]


def action_choices(actions: Sequence[Action], targets: Sequence[Target], permits: Permits) -> list[Choice]:
    """Return the actions on these targets, those that are known to be forbidden greyed with the reason."""
    offered = []
    whom = "" if not targets else str(targets[0]) if len(targets) == 1 else f"{len(targets)} marked"
    for action in actions:
        answer = permits.peek(action.permission(targets[0]), targets[0]) if targets else None
        forbidden = answer is not None and not answer.allowed
        note = answer.reason if answer is not None and forbidden else action.key
        title = f"{action.title} {whom}"
        offered.append(Choice(action.id, title, _words(action), note, True, disabled=forbidden))
    return offered


def named(store: Store, action: Action, name: str) -> list[Target]:
    """Return the target of that name ("ns/name" or "name") among the action's kinds; empty unless exactly one."""
    namespace, _, plain = name.rpartition("/")
    found = [
        target_of(record, kind)
        for kind in action.kinds
        if kind in PLURALS
        for record in store.objects(PLURALS[kind]).values()
        if record.name == plain and namespace in ("", record.namespace)
    ]
    return found if len(found) == 1 else []


def target_of(record: Meta, kind: str) -> Target:
    """Return the target for a record: its UID is fixed from here on."""
    return Target(kind=kind, namespace=record.namespace, name=record.name, uid=record.uid)


def kinds_of_workloads() -> tuple[str, ...]:
    """Return the Kubernetes kinds of `spottui.store.WORKLOAD_KINDS`."""
    return tuple(kind for kind, plural in PLURALS.items() if plural in WORKLOAD_KINDS)


def _words(action: Action) -> tuple[str, ...]:
    return (action.title.casefold().replace(" ", "-"), action.id)

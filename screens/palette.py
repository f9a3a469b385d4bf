"""What the palette (`:`) and the action menu (`m`) offer, made from the action registry."""

from __future__ import annotations

from collections.abc import Sequence

from spottui.actions.permits import Permits
from spottui.actions.registry import ACTIONS, Action
from spottui.errors import SpottuiError
from spottui.records import Meta, Target
from spottui.screens.choice import Choice
from spottui.store import Store

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
    Choice("app.show_screen('wasm', 'pods')", "Wasm pods", ("wasm", "wa"), "4"),
    Choice("app.show_screen('wasm', 'runtimes')", "Wasm runtimes and nodes", ("rc", "runtimeclass", "shim"), "4 tab"),
    Choice("app.show_screen('wasm', 'spinapps')", "Spin apps", ("spin", "spinapp", "spinapps"), "4 tab tab"),
    Choice("app.show_screen('gitops')", "GitOps: Applications", ("app", "apps", "argo"), "5"),
    Choice("app.show_screen('host')", "Host", ("host",), "8"),
    Choice("app.show_screen('timeline')", "Timeline and events", ("timeline", "audit", "history"), "9"),
    Choice("app.show_screen('lists', 'services')", "Services", ("svc", "service", "services")),
    Choice("app.show_screen('lists', 'configmaps')", "Config maps", ("cm", "configmap", "configmaps")),
    Choice("app.show_screen('lists', 'secrets')", "Secrets (names only)", ("secret", "secrets", "sec")),
    Choice(
        "app.show_screen('lists', 'persistentvolumeclaims')",
        "Volume claims",
        ("pvc", "persistentvolumeclaim", "persistentvolumeclaims"),
    ),
    Choice(
        "app.show_screen('lists', 'persistentvolumes')",
        "Persistent volumes",
        ("pv", "persistentvolume", "persistentvolumes"),
    ),
    Choice("app.show_screen('lists', 'volumes')", "Volumes: who mounts what", ("volumes", "volume", "vol")),
    Choice(
        "app.show_screen('lists', 'networkpolicies')",
        "Network policies",
        ("netpol", "networkpolicy", "networkpolicies"),
    ),
    Choice("app.show_screen('lists', 'ingresses')", "Ingresses", ("ing", "ingress", "ingresses")),
    Choice("app.show_screen('lists', 'all-events')", "Events of the cluster", ("ev", "event", "events")),
    Choice("app.show_screen('lists', 'namespaces')", "Namespaces", ("ns", "namespace", "namespaces")),
    Choice("app.show_screen('lists', 'images')", "Images", ("images", "image", "img")),
    Choice("armed", "Armed syncs", ("armed", "arm")),
    Choice("forwards", "Forwarded ports", ("forwards", "forward", "pf")),
    Choice("running", "Running commands", ("running", "run", "progress")),
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
    by_title = {action.title: action for action in reversed(ACTIONS) if action.id not in here}
    by_name = [
        Choice(action.id, f"{action.title} NAME", _words(action), action.help, takes_argument=True)
        for action in reversed(by_title.values())
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


def named(store: Store, action: Action, name: str) -> tuple[Action, Target]:
    """Return the one target of that name ("ns/name" or "name"), and the action of this title for its kind.

    Raises:
        SpottuiError: There is none of that name, or more than one.
    """
    namespace, _, plain = name.rpartition("/")
    alike = {kind: one for one in reversed(ACTIONS) if one.title == action.title for kind in one.kinds}
    found = [
        target_of(record, kind)
        for kind in alike
        if kind in PLURALS
        for record in store.objects(PLURALS[kind]).values()
        if record.name == plain and namespace in ("", record.namespace)
    ]
    if not found:
        raise SpottuiError(f"No {' or '.join(alike)} is named {name}.")
    if len(found) > 1:
        where = ", ".join(f"{one} in {one.namespace}" for one in found[:4])
        raise SpottuiError(f"{len(found)} are named {plain}: {where}. Write namespace/name, or go to the row.")
    return alike[found[0].kind], found[0]


def target_of(record: Meta, kind: str) -> Target:
    """Return the target for a record: its UID is fixed from here on."""
    return Target(kind=kind, namespace=record.namespace, name=record.name, uid=record.uid)


def _words(action: Action) -> tuple[str, ...]:
    title = action.title.casefold()
    words = (title.replace(" ", "-"), title.replace(" ", ""), action.verb, action.id)  # "roll-back" and "rollback"
    return tuple(dict.fromkeys(word for word in words if " " not in word))

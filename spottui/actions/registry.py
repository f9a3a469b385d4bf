"""Every command there is: key bar, palette, menu, help and audit are made from this list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from spottui.actions import argocd, pods, workloads
from spottui.actions.objects import RESOURCES
from spottui.actions.services import Options, Services
from spottui.records import Target


class Weight(Enum):
    """How much an operator must do to confirm."""

    NONE = "none"
    """Nothing, while writing is unlocked."""
    ASK = "ask"
    """Answer a question; Cancel has the focus."""
    TYPE_NAME = "type name"
    """Type `Question.typed`."""


@dataclass(frozen=True)
class Permission:
    """What the API server must allow for an action, as a SelfSubjectAccessReview names it."""

    verb: str
    group: str
    """Empty for the core group."""
    resource: str
    """Plural."""
    subresource: str = ""


Run = Callable[[Services, Target, Options], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One command: what it is called, what it needs and how it runs."""

    id: str
    """"workload.restart"; also the id of its key binding and its name in the audit log."""
    title: str
    verb: str
    """For sentences: "restart"."""
    past: str
    """For summaries: "restarted"."""
    kinds: tuple[str, ...]
    """Kubernetes kinds it applies to."""
    key: str = ""
    """Empty: it has no key of its own, only the menu and the palette."""
    permission: Callable[[Target], Permission]
    weight: Weight
    dangerous: bool = False
    timeout: float
    """Seconds after which the outcome is "unknown"; a back-stop, acts stop looking before that."""
    writes: bool = True
    help: str
    """One line: what it does to the target."""
    describe: Callable[[Target, Options], str]
    """The question's sentence, without its question mark: names action, target and namespace."""
    run: Run
    preview: Run | None = None
    """Reads only; returns what the question should add, raises SpottuiError when asking is pointless."""


def _needs(verb: str) -> Callable[[Target], Permission]:
    def permission(target: Target) -> Permission:
        group, _, resource = RESOURCES[target.kind]
        return Permission(verb, group, resource)

    return permission


def _sentence(what: str, to: str = "") -> Callable[[Target, Options], str]:
    """Return a describer: `what`, the target, its namespace, and `to` with a chosen revision."""

    def describe(target: Target, options: Options) -> str:
        where = f" in namespace {target.namespace}" if target.namespace else ""
        revision = f"{to}{options['revision']}" if to and options.get("revision") else ""
        return f"{what} {target}{where}{revision}"

    return describe


ACTIONS: tuple[Action, ...] = (
    Action(
        id="workload.restart",
        title="Restart",
        verb="restart",
        past="restarted",
        kinds=("Deployment", "StatefulSet", "DaemonSet"),
        key="r",
        permission=_needs("patch"),
        weight=Weight.ASK,
        timeout=150,
        help="Its pods are replaced as its update strategy says.",
        describe=_sentence("Restart"),
        run=workloads.restart,
        preview=workloads.preview_restart,
    ),
    Action(
        id="pod.restart",
        title="Restart",
        verb="restart",
        past="restarted",
        kinds=("Pod",),
        key="r",
        permission=_needs("delete"),
        weight=Weight.ASK,
        timeout=120,
        help="The pod is deleted so that its controller makes a new one.",
        describe=_sentence("Restart"),
        run=pods.restart,
        preview=pods.preview_restart,
    ),
    Action(
        id="pod.delete",
        title="Delete",
        verb="delete",
        past="deleted",
        kinds=("Pod",),
        permission=_needs("delete"),
        weight=Weight.TYPE_NAME,
        dangerous=True,
        timeout=120,
        help="A pod without a controller is not re-created.",
        describe=_sentence("Delete"),
        run=pods.delete,
        preview=pods.preview_delete,
    ),
    Action(
        id="application.sync",
        title="Sync",
        verb="sync",
        past="synced",
        kinds=("Application",),
        key="s",
        permission=_needs("patch"),
        weight=Weight.ASK,
        timeout=240,
        help="Argo CD applies what is in git; nothing is deleted.",
        describe=_sentence("Sync", " to "),
        run=argocd.sync,
        preview=argocd.preview_sync,
    ),
    Action(
        id="application.sync-dry-run",
        title="Dry run of a sync",
        verb="dry-run",
        past="dry-run",
        kinds=("Application",),
        permission=_needs("patch"),
        weight=Weight.ASK,
        timeout=240,
        help="Argo CD only tries what a sync would apply; the cluster stays as it is.",
        describe=_sentence("Dry-run a sync of", " to "),
        run=argocd.dry_run,
        preview=argocd.preview_dry_run,
    ),
    Action(
        id="application.sync-prune",
        title="Sync and prune",
        verb="prune",
        past="synced and pruned",
        kinds=("Application",),
        permission=_needs("patch"),
        weight=Weight.TYPE_NAME,
        dangerous=True,
        timeout=240,
        help="Argo CD applies what is in git and deletes what is no longer there.",
        describe=_sentence("Sync and prune", " to "),
        run=argocd.sync_and_prune,
        preview=argocd.preview_prune,
    ),
    Action(
        id="application.refresh",
        title="Refresh",
        verb="refresh",
        past="refreshed",
        kinds=("Application",),
        key="u",
        permission=_needs("patch"),
        weight=Weight.NONE,
        timeout=110,
        help="Argo CD reads git again and compares; with auto-sync on, a new commit is then applied.",
        describe=_sentence("Refresh"),
        run=argocd.refresh,
    ),
    Action(
        id="application.hard-refresh",
        title="Hard refresh",
        verb="hard-refresh",
        past="refreshed",
        kinds=("Application",),
        key="U",
        permission=_needs("patch"),
        weight=Weight.NONE,
        timeout=110,
        help="As a refresh, and the manifests are rendered anew: slow on a small computer.",
        describe=_sentence("Hard-refresh"),
        run=argocd.hard_refresh,
    ),
)

_BY_ID = {action.id: action for action in ACTIONS}


def by_id(action_id: str) -> Action:
    """Return the action with this id.

    Raises:
        KeyError: There is none.
    """
    return _BY_ID[action_id]


def sync_action(options: Options) -> Action:
    """Return the action for a sync with these options: "dry_run" and "prune" have actions of their own."""
    if options.get("dry_run"):
        return by_id("application.sync-dry-run")
    return by_id("application.sync-prune" if options.get("prune") else "application.sync")


def for_kind(kind: str) -> tuple[Action, ...]:
    """Return the actions for a Kubernetes kind, in the order of `ACTIONS`."""
    return tuple(action for action in ACTIONS if kind in action.kinds)

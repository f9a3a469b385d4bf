"""What Argo CD keeps: Applications and what they are made of, AppProjects and when they let a sync run."""

from __future__ import annotations

from msgspec import Struct

from spottui.records import Condition, Meta


class SyncWindow(Struct, frozen=True, kw_only=True):
    """One entry of an AppProject's spec.syncWindows."""

    kind: str
    """"allow" or "deny"."""
    schedule: str
    """Cron, five fields; not checked."""
    duration: str
    """Go duration, e.g. "1h30m"; not checked."""
    applications: tuple[str, ...] = ()
    """Patterns of Application names."""
    namespaces: tuple[str, ...] = ()
    """Patterns of destination namespaces."""
    clusters: tuple[str, ...] = ()
    """Patterns of destination clusters' names or URLs."""
    and_operator: bool = False
    """All given lists have to fit, not any of them."""
    manual_sync: bool = False
    """Syncs that a human starts pass."""
    sync_overrun: bool = False
    """A sync that runs when the window blocks may finish."""
    time_zone: str = ""
    """IANA name; empty is UTC."""
    description: str = ""


class SyncResource(Struct, frozen=True, kw_only=True):
    """One line of an Application's status.resources, or of its last operation's result."""

    kind: str
    name: str
    namespace: str = ""
    group: str = ""
    status: str = ""
    message: str = ""
    hook_type: str = ""
    hook_phase: str = ""
    sync_phase: str = ""
    """PreSync, Sync, PostSync or SyncFail; only in an operation's result."""


class Requirement(Struct, frozen=True, kw_only=True):
    """One of a label selector's matchExpressions."""

    key: str
    operator: str
    """In, NotIn, Exists, DoesNotExist; not checked."""
    values: tuple[str, ...] = ()


class GlobalProject(Struct, frozen=True, kw_only=True):
    """One entry of globalProjects in argocd-cm: the AppProject whose windows count for those that fit too."""

    project: str
    labels: tuple[tuple[str, str], ...] = ()
    """The selector's matchLabels."""
    requirements: tuple[Requirement, ...] = ()


class ArgoSettings(Struct, frozen=True, kw_only=True):
    """What one Argo CD is set to (ConfigMap argocd-cm), as far as a verdict needs it."""

    namespace: str
    """Argo CD's own."""
    heard_at: float
    global_projects: tuple[GlobalProject, ...] | None = None
    """None: not known."""
    why: str = ""
    """Why it is not known, a sentence; empty when it is."""
    resync: float | None = 120.0
    """Seconds between two comparisons (timeout.reconciliation); None: it compares on changes only."""
    jitter: float = 60.0
    """Seconds that may be added to that (timeout.reconciliation.jitter)."""


class Operation(Struct, frozen=True, kw_only=True):
    """An Application's status.operationState."""

    phase: str
    """Running, Terminating, Succeeded, Failed or Error."""
    message: str = ""
    started_at: float | None = None
    finished_at: float | None = None
    revision: str = ""
    initiated_by: str = ""
    automated: bool = False
    dry_run: bool = False
    retries: int = 0
    resources: tuple[SyncResource, ...] = ()


class AppSource(Struct, frozen=True, kw_only=True):
    """One place where an Application's manifests come from."""

    repo: str
    target_revision: str = ""
    """Branch, tag, commit or a chart's version; empty: HEAD."""
    path: str = ""
    chart: str = ""
    ref: str = ""
    """Its name in other sources; without path and chart it holds values only."""


class AppResource(Struct, frozen=True, kw_only=True):
    """One object that an Application manages: a row of status.resources."""

    kind: str
    name: str
    namespace: str = ""
    group: str = ""
    sync: str = ""
    """Synced, OutOfSync, Unknown; empty for a hook."""
    health: str = ""
    """Argo CD's own word; mostly empty since Argo CD 3.0, which keeps it elsewhere."""
    health_message: str = ""
    is_hook: bool = False
    is_pruned: bool = False
    """It is no longer in git; never said while sync is Unknown, as Argo CD then says it of everything."""
    wave: int = 0


class Deployed(Struct, frozen=True, kw_only=True):
    """One row of an Application's status.history."""

    id: int | None
    """What a rollback names; 0 is a real one."""
    revision: str = ""
    """Several sources' joined by "+"."""
    started_at: float | None = None
    at: float | None = None
    initiated_by: str = ""
    automated: bool = False
    sources: tuple[AppSource, ...] = ()
    """Empty: Argo CD did not keep them, so there is no way back to this row."""


class TreeNode(Struct, frozen=True, kw_only=True, gc=False):
    """One object of an Application's tree as argocd-server tells it."""

    kind: str
    name: str
    namespace: str = ""
    group: str = ""
    uid: str = ""
    parents: tuple[str, ...] = ()
    """UIDs of what owns it."""
    health: str = ""
    """Argo CD's word; empty: it judges no such kind."""
    health_message: str = ""
    created_at: float | None = None


class CommitWords(Struct, frozen=True, kw_only=True):
    """What git says of one revision."""

    author: str = ""
    at: float | None = None
    message: str = ""


class Application(Meta, frozen=True, kw_only=True):
    """An Argo CD Application (argoproj.io/v1alpha1)."""

    project: str = ""
    repo: str = ""
    target_revision: str = ""
    path: str = ""
    destination_namespace: str = ""
    destination_name: str = ""
    """Of the cluster; empty when its server is named instead."""
    destination_server: str = ""
    sync: str = ""
    """Synced, OutOfSync, Unknown; empty when the controller has not written a status yet."""
    health: str = ""
    health_message: str = ""
    revision: str = ""
    """status.sync.revision: what the live state was compared to."""
    deployed_revision: str = ""
    """Last row of status.history."""
    deployed_at: float | None = None
    operation: Operation | None = None
    has_pending_operation: bool = False
    """The top-level `operation` is present: asked for or running."""
    auto_sync: bool = False
    self_heal: bool = False
    auto_prune: bool = False
    conditions: tuple[Condition, ...] = ()
    """type, message, since; status is always "True"."""
    reconciled_at: float | None = None
    refreshing: str = ""
    """"normal" or "hard" while a refresh is pending, else empty."""
    out_of_sync: tuple[SyncResource, ...] = ()
    """The resources whose status is not Synced."""
    resource_count: int = 0
    images: tuple[str, ...] = ()
    parent: str = ""
    """Owning ApplicationSet or app of apps, as "Kind/name"."""
    controller_namespace: str = ""
    """Namespace of the Argo CD that looks after it; empty: not said."""
    sync_options: tuple[str, ...] = ()
    sources: tuple[AppSource, ...] = ()
    """All of them, in the order of the spec."""
    resources: tuple[AppResource, ...] = ()
    """All that it manages, differing or not."""
    history: tuple[Deployed, ...] = ()
    """Oldest first; the last one is deployed."""
    is_paused: bool = False
    """An annotation has the controller leave it alone."""


class AppProject(Meta, frozen=True, kw_only=True):
    """An Argo CD AppProject, reduced to what the list shows."""

    description: str = ""
    sync_windows: int = 0
    windows: tuple[SyncWindow, ...] = ()

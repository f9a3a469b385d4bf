"""Argo CD's Applications and AppProjects on the wire: every list and object of theirs may be absent."""

from __future__ import annotations

from msgspec import field

from spottui.records import Application, AppProject, Condition, Operation, SyncResource
from spottui.sources.kube_raw_values import (
    Present,
    Raw,
    RawCondition,
    RawMeta,
    RawObject,
    labels,
    message,
    when,
    word,
)
from spottui.sources.kube_raw_windows import RawWindow, windows
from spottui.sources.text import clean

REFRESH = "argocd.argoproj.io/refresh"
TRACKING_ID = "argocd.argoproj.io/tracking-id"
INSTANCE = "app.kubernetes.io/instance"
_REFRESHES = {"": "", "hard": "hard"}
RESOURCES_KEPT = 500
"""Rows kept of a list of resources; a larger Application is read by its own page."""


class _Source(Raw):
    repo_url: str | None = field(default=None, name="repoURL")
    target_revision: str | None = None
    path: str | None = None
    chart: str | None = None
    ref: str | None = None


class _SyncSource(Raw):
    target_branch: str | None = None
    path: str | None = None


class _Hydrator(Raw):
    dry_source: _Source | None = None
    sync_source: _SyncSource | None = None


class _Destination(Raw):
    namespace: str | None = None
    name: str | None = None
    server: str | None = None


class _Automated(Raw):
    enabled: bool | None = None
    prune: bool | None = None
    self_heal: bool | None = None


class _SyncPolicy(Raw):
    automated: _Automated | None = None
    sync_options: list[str] | None = None


class _Spec(Raw):
    project: str | None = None
    destination: _Destination | None = None
    source: _Source | None = None
    sources: list[_Source] | None = None
    source_hydrator: _Hydrator | None = None
    sync_policy: _SyncPolicy | None = None


class _Revision(Raw):
    """What names one revision, or for several sources a list of them."""

    revision: str | None = None
    revisions: list[str] | None = None


class _Sync(_Revision):
    status: str | None = None


class _Health(Raw):
    status: str | None = None
    message: str | None = None


class _Resource(Raw):
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    status: str | None = None
    message: str | None = None
    hook_type: str | None = None
    hook_phase: str | None = None
    requires_pruning: bool | None = None


class _History(_Revision):
    deployed_at: str | None = None


class _SyncResult(_Revision):
    resources: list[_Resource] | None = None


class _Initiator(Raw):
    username: str | None = None
    automated: bool | None = None


class _SyncRequest(_Revision):
    dry_run: bool | None = None


class _Request(Raw):
    initiated_by: _Initiator | None = None
    sync: _SyncRequest | None = None


class _OperationState(Raw):
    operation: _Request | None = None
    phase: str | None = None
    message: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    sync_result: _SyncResult | None = None


class _Summary(Raw):
    images: list[str] | None = None


class _Status(Raw):
    sync: _Sync | None = None
    health: _Health | None = None
    operation_state: _OperationState | None = None
    resources: list[_Resource] | None = None
    history: list[_History] | None = None
    conditions: list[RawCondition] | None = None
    reconciled_at: str | None = None
    summary: _Summary | None = None


class RawApplication(RawObject):
    """argoproj.io/v1alpha1.Application."""

    spec: _Spec | None = None
    operation: Present | None = None
    status: _Status | None = None


def application(raw: RawApplication, meta: RawMeta) -> Application:
    """Return the record of an Application; one without a status has empty words, not "Unknown"."""
    spec, status = raw.spec or _Spec(), raw.status or _Status()
    source, destination = _effective_source(spec), spec.destination or _Destination()
    policy = spec.sync_policy or _SyncPolicy()
    automated = policy.automated
    sync, health = status.sync or _Sync(), status.health or _Health()
    deployed = status.history[-1] if status.history else _History()
    return Application(
        uid=clean(meta.uid),
        name=word(meta.name),
        namespace=word(meta.namespace or ""),
        created_at=when(meta.creation_timestamp),
        labels=labels(meta.labels),
        deleted_at=when(meta.deletion_timestamp),
        project=word(spec.project or ""),
        repo=word(source.repo_url or ""),
        target_revision=word(source.target_revision or ""),
        path=word(source.path or source.chart or ""),
        destination_namespace=word(destination.namespace or ""),
        destination_name=word(destination.name or ""),
        destination_server=word(destination.server or ""),
        sync=word(sync.status or ""),
        health=word(health.status or ""),
        health_message=message(health.message),
        revision=_revision(sync),
        deployed_revision=_revision(deployed),
        deployed_at=when(deployed.deployed_at),
        operation=_operation(status.operation_state),
        has_pending_operation=raw.operation is not None,
        auto_sync=automated is not None and automated.enabled is not False,
        self_heal=automated is not None and bool(automated.self_heal),
        auto_prune=automated is not None and bool(automated.prune),
        conditions=_conditions(status.conditions),
        reconciled_at=when(status.reconciled_at),
        refreshing=_REFRESHES.get((meta.annotations or {}).get(REFRESH, ""), "normal"),
        out_of_sync=_out_of_sync(status.resources, sync.status == "Unknown"),
        resource_count=len(status.resources or ()),
        images=tuple(word(image) for image in (status.summary.images if status.summary else None) or ()),
        parent=_parent(meta),
        sync_options=tuple(word(option) for option in policy.sync_options or ()),
    )


def _effective_source(spec: _Spec) -> _Source:
    """Return where the manifests come from: `sources` wins, and values-only entries are no such place."""
    if spec.sources:
        return next((each for each in spec.sources if each.path or each.chart), spec.sources[0])
    if spec.source is None and spec.source_hydrator is not None:
        dry, synced = spec.source_hydrator.dry_source, spec.source_hydrator.sync_source or _SyncSource()
        return _Source(dry.repo_url if dry else None, synced.target_branch, synced.path)
    return spec.source or _Source()


def _revision(raw: _Revision) -> str:
    """Return the revision; several sources' joined by "+"."""
    if raw.revisions:
        return word("+".join(raw.revisions))
    return word(raw.revision or "")


def _operation(raw: _OperationState | None) -> Operation | None:
    if raw is None:
        return None
    request = raw.operation or _Request()
    who, result = request.initiated_by or _Initiator(), raw.sync_result or _SyncResult()
    asked = request.sync or _SyncRequest()
    return Operation(
        phase=word(raw.phase or ""),
        message=message(raw.message),
        started_at=when(raw.started_at),
        finished_at=when(raw.finished_at),
        revision=_revision(result) or _revision(asked),
        initiated_by=word(who.username or ""),
        automated=bool(who.automated),
        dry_run=bool(asked.dry_run),
        resources=tuple(_resource(each, each.message) for each in (result.resources or ())[:RESOURCES_KEPT]),
    )


def _resource(raw: _Resource, text: str | None) -> SyncResource:
    hook = word(raw.hook_type or "")
    return SyncResource(
        kind=word(raw.kind or ""),
        name=word(raw.name or ""),
        namespace=word(raw.namespace or ""),
        group=word(raw.group or ""),
        status=word(raw.status or ""),
        message=message(text),
        hook_type=hook,
        hook_phase=word(raw.hook_phase or "") if hook else "",  # a non-hook says "Running" for ever
    )


def _out_of_sync(raw: list[_Resource] | None, is_unknown: bool) -> tuple[SyncResource, ...]:
    """Return the rows that differ; a hook has no status and is none of them.

    While the whole is Unknown every row claims to need pruning, which is not true: then it is not said.
    """
    differing = [each for each in raw or () if each.status and each.status != "Synced"]
    return tuple(
        _resource(each, "to be pruned" if each.requires_pruning and not is_unknown else None)
        for each in differing[:RESOURCES_KEPT]
    )


def _conditions(raw: list[RawCondition] | None) -> tuple[Condition, ...]:
    return tuple(
        Condition(word(each.type), "True", "", message(each.message), when(each.last_transition_time))
        for each in raw or ()
    )


def _parent(meta: RawMeta) -> str:
    for reference in meta.owner_references or ():
        if reference.kind == "ApplicationSet":
            return word(f"ApplicationSet/{reference.name}")
    tracking_id = (meta.annotations or {}).get(TRACKING_ID, "")
    parent, _, child = tracking_id.partition(":")
    if child.startswith("argoproj.io/Application:"):
        return word(f"Application/{parent}")
    instance = (meta.labels or {}).get(INSTANCE, "")
    return word(f"Application/{instance}") if instance and instance != meta.name else ""


class _ProjectSpec(Raw):
    description: str | None = None
    sync_windows: list[RawWindow] | None = None


class RawProject(RawObject):
    """argoproj.io/v1alpha1.AppProject."""

    spec: _ProjectSpec | None = None


def project(raw: RawProject, meta: RawMeta) -> AppProject:
    """Return the record of an AppProject."""
    spec = raw.spec or _ProjectSpec()
    return AppProject(
        uid=clean(meta.uid),
        name=word(meta.name),
        namespace=word(meta.namespace or ""),
        created_at=when(meta.creation_timestamp),
        labels=labels(meta.labels),
        deleted_at=when(meta.deletion_timestamp),
        description=message(spec.description),
        sync_windows=len(spec.sync_windows or ()),
        windows=windows(spec.sync_windows),
    )

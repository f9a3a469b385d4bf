"""Argo CD's Applications and AppProjects on the wire: every list and object of theirs may be absent."""

from __future__ import annotations

from spottui.records import Condition
from spottui.records_argocd import Application, AppProject, AppResource, AppSource, Deployed, Operation, SyncResource
from spottui.sources.kube_raw_argocd_shapes import (
    RawApplication,
    RawAppSpec,
    RawAppStatus,
    RawDestination,
    RawHealth,
    RawHistory,
    RawInitiator,
    RawOperationState,
    RawProject,
    RawProjectSpec,
    RawRequest,
    RawResource,
    RawRevision,
    RawSource,
    RawSync,
    RawSyncPolicy,
    RawSyncRequest,
    RawSyncResult,
    RawSyncSource,
)
from spottui.sources.kube_raw_values import MESSAGE_LENGTH, RawCondition, RawMeta, identity, message, when, word
from spottui.sources.kube_raw_windows import windows
from spottui.sources.text import clean

REFRESH = "argocd.argoproj.io/refresh"
TRACKING_ID = "argocd.argoproj.io/tracking-id"
INSTANCE = "app.kubernetes.io/instance"
_REFRESHES = {"": "", "hard": "hard"}
SKIP_RECONCILE = "argocd.argoproj.io/skip-reconcile"
RESULTS_KEPT = 500
"""Rows kept of an operation's results, and of what differs."""
RESOURCES_KEPT = 5000
"""Rows kept of all that an Application manages."""
HISTORY_KEPT = 100
CONDITIONS_KEPT = 20


def application(raw: RawApplication, meta: RawMeta) -> Application:
    """Return the record of an Application; one without a status has empty words, not "Unknown"."""
    spec, status = raw.spec or RawAppSpec(), raw.status or RawAppStatus()
    source, destination = _effective_source(spec), spec.destination or RawDestination()
    policy = spec.sync_policy or RawSyncPolicy()
    automated = policy.automated
    sync, health = status.sync or RawSync(), status.health or RawHealth()
    deployed = status.history[-1] if status.history else RawHistory()
    return Application(
        **identity(meta),
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
        resources=_resources(status.resources, sync.status == "Unknown"),
        resource_count=len(status.resources or ()),
        sources=tuple(_source(each) for each in _given_sources(spec)),
        history=tuple(_deployed(each) for each in (status.history or ())[-HISTORY_KEPT:]),
        is_paused=(meta.annotations or {}).get(SKIP_RECONCILE) == "true",
        images=tuple(word(image) for image in (status.summary.images if status.summary else None) or ()),
        parent=_parent(meta),
        controller_namespace=word(status.controller_namespace or ""),
        sync_options=tuple(word(option) for option in policy.sync_options or ()),
    )


def _given_sources(spec: RawAppSpec) -> list[RawSource]:
    """Return the sources as Argo CD takes them: `sources` wins over `source`."""
    return spec.sources or [_effective_source(spec)]


def _source(raw: RawSource) -> AppSource:
    return AppSource(
        repo=word(raw.repo_url or ""),
        target_revision=word(raw.target_revision or ""),
        path=word(raw.path or ""),
        chart=word(raw.chart or ""),
        ref=word(raw.ref or ""),
    )


def _deployed(raw: RawHistory) -> Deployed:
    """Return a row of the history; `sources` decides, as `source` is then there but empty."""
    who = raw.initiated_by or RawInitiator()
    given = raw.sources or ([raw.source] if raw.source is not None else [])
    return Deployed(
        id=raw.id,
        revision=_revision(raw),
        started_at=when(raw.deploy_started_at),
        at=when(raw.deployed_at),
        initiated_by=word(who.username or ""),
        automated=bool(who.automated),
        sources=tuple(_source(each) for each in given if each.repo_url),
    )


def _resources(raw: list[RawResource] | None, is_unknown: bool) -> tuple[AppResource, ...]:
    """Return all rows; while the whole is Unknown none of them is known, and none is to be pruned."""
    return tuple(
        AppResource(
            group=word(each.group or ""),
            kind=word(each.kind or ""),
            namespace=word(each.namespace or ""),
            name=word(each.name or ""),
            sync=word(each.status or ""),
            health=word((each.health.status if each.health else None) or ""),
            health_message=message(each.health.message if each.health else None),
            is_hook=bool(each.hook),
            is_pruned=bool(each.requires_pruning) and not is_unknown,
            wave=each.sync_wave or 0,
        )
        for each in (raw or ())[:RESOURCES_KEPT]
    )


def _effective_source(spec: RawAppSpec) -> RawSource:
    """Return where the manifests come from: `sources` wins, and values-only entries are no such place."""
    if spec.sources:
        return next((each for each in spec.sources if each.path or each.chart), spec.sources[0])
    if spec.source is None and spec.source_hydrator is not None:
        dry, synced = spec.source_hydrator.dry_source, spec.source_hydrator.sync_source or RawSyncSource()
        return RawSource(dry.repo_url if dry else None, synced.target_branch, synced.path)
    return spec.source or RawSource()


def _revision(raw: RawRevision) -> str:
    """Return the revision; several sources' joined by "+"."""
    if raw.revisions:
        return word("+".join(raw.revisions))
    return word(raw.revision or "")


def _operation(raw: RawOperationState | None) -> Operation | None:
    if raw is None:
        return None
    request = raw.operation or RawRequest()
    who, result = request.initiated_by or RawInitiator(), raw.sync_result or RawSyncResult()
    asked = request.sync or RawSyncRequest()
    return Operation(
        phase=word(raw.phase or ""),
        message=both_ends(raw.message),
        started_at=when(raw.started_at),
        finished_at=when(raw.finished_at),
        revision=_revision(result) or _revision(asked),
        initiated_by=word(who.username or ""),
        automated=bool(who.automated),
        dry_run=bool(asked.dry_run),
        retries=raw.retry_count or 0,
        resources=tuple(_resource(each, each.message) for each in (result.resources or ())[:RESULTS_KEPT]),
    )


def _resource(raw: RawResource, text: str | None) -> SyncResource:
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
        sync_phase=word(raw.sync_phase or ""),
    )


def _out_of_sync(raw: list[RawResource] | None, is_unknown: bool) -> tuple[SyncResource, ...]:
    """Return the rows that differ; a hook has no status and is none of them.

    While the whole is Unknown every row claims to need pruning, which is not true: then it is not said.
    """
    differing = [each for each in raw or () if each.status and each.status != "Synced"]
    return tuple(
        _resource(each, "to be pruned" if each.requires_pruning and not is_unknown else None)
        for each in differing[:RESULTS_KEPT]
    )


def _conditions(raw: list[RawCondition] | None) -> tuple[Condition, ...]:
    return tuple(
        Condition(word(each.type), "True", "", both_ends(each.message), when(each.last_transition_time))
        for each in (raw or ())[:CONDITIONS_KEPT]
    )


def both_ends(text: str | None) -> str:
    """Return a message cleaned, of a long one its beginning and its end: there stands what went wrong at last."""
    if not text or len(text) <= MESSAGE_LENGTH:
        return message(text)
    half = (MESSAGE_LENGTH - len(" … ")) // 2
    return f"{clean(text[:half], half)} … {clean(text[-half:], half)}"


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


def project(raw: RawProject, meta: RawMeta) -> AppProject:
    """Return the record of an AppProject."""
    spec = raw.spec or RawProjectSpec()
    return AppProject(
        **identity(meta),
        description=message(spec.description),
        sync_windows=len(spec.sync_windows or ()),
        windows=windows(spec.sync_windows),
    )

"""How Argo CD's Applications and AppProjects look on the wire, reduced to the fields that we read."""

from __future__ import annotations

from msgspec import field

from spottui.sources.kube_raw_values import Present, Raw, RawCondition, RawObject
from spottui.sources.kube_raw_windows import RawWindow


class RawSource(Raw):
    """spec.source, or an entry of spec.sources."""

    repo_url: str | None = field(default=None, name="repoURL")
    target_revision: str | None = None
    path: str | None = None
    chart: str | None = None
    ref: str | None = None


class RawSyncSource(Raw):
    """spec.sourceHydrator.syncSource."""

    target_branch: str | None = None
    path: str | None = None


class RawHydrator(Raw):
    """spec.sourceHydrator."""

    dry_source: RawSource | None = None
    sync_source: RawSyncSource | None = None


class RawDestination(Raw):
    """spec.destination."""

    namespace: str | None = None
    name: str | None = None
    server: str | None = None


class RawAutomated(Raw):
    """spec.syncPolicy.automated."""

    enabled: bool | None = None
    prune: bool | None = None
    self_heal: bool | None = None


class RawSyncPolicy(Raw):
    """spec.syncPolicy."""

    automated: RawAutomated | None = None
    sync_options: list[str] | None = None


class RawAppSpec(Raw):
    """spec of an Application."""

    project: str | None = None
    destination: RawDestination | None = None
    source: RawSource | None = None
    sources: list[RawSource] | None = None
    source_hydrator: RawHydrator | None = None
    sync_policy: RawSyncPolicy | None = None


class RawRevision(Raw):
    """What names one revision, or for several sources a list of them."""

    revision: str | None = None
    revisions: list[str] | None = None


class RawSync(RawRevision):
    """status.sync."""

    status: str | None = None


class RawHealth(Raw):
    """status.health, or that of a resource."""

    status: str | None = None
    message: str | None = None


class RawResource(Raw):
    """An entry of status.resources, or of an operation's result."""

    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    status: str | None = None
    message: str | None = None
    health: RawHealth | None = None
    hook: bool | None = None
    hook_type: str | None = None
    hook_phase: str | None = None
    sync_phase: str | None = None
    sync_wave: int | None = None
    requires_pruning: bool | None = None


class RawInitiator(Raw):
    """initiatedBy of an operation."""

    username: str | None = None
    automated: bool | None = None


class RawHistory(RawRevision):
    """An entry of status.history."""

    id: int | None = None
    source: RawSource | None = None
    sources: list[RawSource] | None = None
    deploy_started_at: str | None = None
    deployed_at: str | None = None
    initiated_by: RawInitiator | None = None


class RawSyncResult(RawRevision):
    """status.operationState.syncResult."""

    resources: list[RawResource] | None = None


class RawSyncRequest(RawRevision):
    """operation.sync."""

    dry_run: bool | None = None


class RawRequest(Raw):
    """The operation that was asked for."""

    initiated_by: RawInitiator | None = None
    sync: RawSyncRequest | None = None


class RawOperationState(Raw):
    """status.operationState."""

    operation: RawRequest | None = None
    phase: str | None = None
    message: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    sync_result: RawSyncResult | None = None
    retry_count: int | None = None


class RawSummary(Raw):
    """status.summary."""

    images: list[str] | None = None


class RawAppStatus(Raw):
    """status of an Application."""

    sync: RawSync | None = None
    health: RawHealth | None = None
    operation_state: RawOperationState | None = None
    resources: list[RawResource] | None = None
    history: list[RawHistory] | None = None
    conditions: list[RawCondition] | None = None
    reconciled_at: str | None = None
    summary: RawSummary | None = None
    controller_namespace: str | None = None


class RawApplication(RawObject):
    """argoproj.io/v1alpha1.Application."""

    spec: RawAppSpec | None = None
    operation: Present | None = None
    status: RawAppStatus | None = None


class RawProjectSpec(Raw):
    """spec of an AppProject."""

    description: str | None = None
    sync_windows: list[RawWindow] | None = None


class RawProject(RawObject):
    """argoproj.io/v1alpha1.AppProject."""

    spec: RawProjectSpec | None = None

"""Owners of pods on the wire: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job and CronJob."""

from __future__ import annotations

from typing import Any

from spottui.records import Workload
from spottui.sources.kube_raw_values import (
    Raw,
    RawCondition,
    RawMeta,
    RawObject,
    conditions,
    identity,
    kept_annotations,
    labels,
    owner,
    when,
    word,
)
from spottui.sources.text import clean

REVISION = "deployment.kubernetes.io/revision"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


class _Image(Raw):
    image: str | None = None


class _TemplateSpec(Raw):
    runtime_class_name: str | None = None
    containers: list[_Image] | None = None


class _Template(Raw):
    metadata: RawMeta | None = None
    spec: _TemplateSpec | None = None


class _Selector(Raw):
    match_labels: dict[str, str] | None = None


class _JobSpec(Raw):
    template: _Template | None = None


class _JobTemplate(Raw):
    spec: _JobSpec | None = None


class _RollingUpdate(Raw):
    partition: int | None = None


class _UpdateStrategy(Raw):
    type: str | None = None
    rolling_update: _RollingUpdate | None = None


class _Spec(Raw):
    replicas: int | None = None
    completions: int | None = None
    parallelism: int | None = None
    paused: bool | None = None
    suspend: bool | None = None
    schedule: str | None = None
    selector: _Selector | None = None
    template: _Template | None = None
    job_template: _JobTemplate | None = None
    update_strategy: _UpdateStrategy | None = None


class _Status(Raw):
    replicas: int | None = None
    current_revision: str | None = None
    ready_replicas: int | None = None
    updated_replicas: int | None = None
    available_replicas: int | None = None
    desired_number_scheduled: int | None = None
    number_ready: int | None = None
    number_available: int | None = None
    updated_number_scheduled: int | None = None
    succeeded: int | None = None
    observed_generation: int | None = None
    update_revision: str | None = None
    last_schedule_time: str | None = None
    conditions: list[RawCondition] | None = None


class RawWorkload(RawObject):
    """Any of the six kinds; their fields do not collide."""

    spec: _Spec | None = None
    status: _Status | None = None


_NO_SPEC = _Spec()
_NO_STATUS = _Status()


def workload(raw: RawWorkload, meta: RawMeta, kind: str) -> Workload:
    """Return the record of a workload of `kind`; counts are None before its controller wrote a status."""
    spec, status = raw.spec or _NO_SPEC, raw.status or _NO_STATUS
    template = spec.template
    if template is None and spec.job_template is not None and spec.job_template.spec is not None:
        template = spec.job_template.spec.template
    pods = template.spec if template is not None else None
    template_notes = template.metadata.annotations if template is not None and template.metadata else None
    images = [word(each.image or "") for each in (pods.containers if pods else None) or ()]
    return Workload(
        **identity(meta),
        kind=kind,
        **_counts(spec, status, kind, raw.status is not None),
        generation=meta.generation,
        observed_generation=status.observed_generation,
        owner=owner(meta.owner_references),
        images=tuple(images),
        conditions=conditions(status.conditions),
        paused=bool(spec.paused or spec.suspend),
        schedule=clean(spec.schedule or ""),
        last_scheduled_at=when(status.last_schedule_time),
        revision=word(status.update_revision or (meta.annotations or {}).get(REVISION, "")),
        restarted_at=when((template_notes or {}).get(RESTARTED_AT)),
        runtime_class=word((pods.runtime_class_name if pods else None) or ""),
        **_strategy(spec, status, kind),
        selector=labels(spec.selector.match_labels if spec.selector else None),
        annotations=kept_annotations(meta.annotations),
    )


def _strategy(spec: _Spec, status: _Status, kind: str) -> dict[str, Any]:
    """Return what a StatefulSet and a DaemonSet say of how they replace their pods."""
    if kind not in ("StatefulSet", "DaemonSet"):
        return {}
    strategy = spec.update_strategy or _UpdateStrategy()
    rolling = strategy.rolling_update if kind == "StatefulSet" else None
    return {
        "update_strategy": word(strategy.type or ""),
        "partition": None if rolling is None else rolling.partition or 0,
        "current_revision": word(status.current_revision or ""),
    }


def _counts(spec: _Spec, status: _Status, kind: str, has_status: bool) -> dict[str, Any]:
    """Return desired, ready, updated and available; the API leaves a zero out once there is a status."""
    if kind == "CronJob":
        return {}
    if kind == "Job":
        desired = spec.completions if spec.completions is not None else spec.parallelism
        return {"desired": desired, "ready": (status.succeeded or 0) if has_status else None}
    if kind == "DaemonSet":
        desired = status.desired_number_scheduled
        ready, updated = status.number_ready, status.updated_number_scheduled
        available = status.number_available
    else:
        desired = 1 if spec.replicas is None else spec.replicas
        ready, updated = status.ready_replicas, status.updated_replicas
        available = status.available_replicas
    if not has_status:
        return {"desired": desired}
    return {
        "desired": desired,
        "ready": ready or 0,
        "updated": None if kind == "ReplicaSet" else updated or 0,
        "available": available or 0,
        "total": None if kind == "DaemonSet" else status.replicas or 0,
    }

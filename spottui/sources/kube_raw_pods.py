"""Pods on the wire, and how one becomes a `Pod`: spec and status of each container joined by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import field

from spottui.records import Container, Pod
from spottui.sources.kube_raw_values import (
    Present,
    Quantity,
    Raw,
    RawCondition,
    RawMeta,
    RawObject,
    conditions,
    kept_annotations,
    labels,
    message,
    owner,
    parse_bytes,
    parse_count,
    parse_quantity,
    when,
    word,
)
from spottui.sources.text import clean

Number = TypeVar("Number", int, float)


class _Limits(Raw):
    memory: Quantity = None
    gpus: Quantity = field(default=None, name="nvidia.com/gpu")


class _Requests(Raw):
    cpu: Quantity = None
    memory: Quantity = None


class _Resources(Raw):
    limits: _Limits | None = None
    requests: _Requests | None = None


class _Port(Raw):
    container_port: int | None = None


class _Container(Raw):
    name: str = ""
    ports: list[_Port] | None = None
    image: str | None = None
    restart_policy: str | None = None
    resources: _Resources | None = None
    readiness_probe: Present | None = None
    startup_probe: Present | None = None


class _Waiting(Raw):
    reason: str | None = None
    message: str | None = None


class _Running(Raw):
    started_at: str | None = None


class _Terminated(Raw):
    exit_code: int = 0
    signal: int | None = None
    reason: str | None = None
    message: str | None = None
    started_at: str | None = None
    finished_at: str | None = None


class _State(Raw):
    waiting: _Waiting | None = None
    running: _Running | None = None
    terminated: _Terminated | None = None


class _ContainerStatus(Raw):
    name: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    state: _State | None = None
    last_state: _State | None = None
    image_id: str | None = field(default=None, name="imageID")


class _Gate(Raw):
    condition_type: str = ""
    name: str = ""


class _ClaimSource(Raw):
    claim_name: str = ""


class _Volume(Raw):
    persistent_volume_claim: _ClaimSource | None = None


class _PodSpec(Raw):
    volumes: list[_Volume] | None = None
    node_name: str | None = None
    restart_policy: str | None = None
    runtime_class_name: str | None = None
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    readiness_gates: list[_Gate] | None = None
    scheduling_gates: list[_Gate] | None = None


class _PodStatus(Raw):
    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    pod_ip: str | None = field(default=None, name="podIP")
    start_time: str | None = None
    conditions: list[RawCondition] | None = None
    container_statuses: list[_ContainerStatus] | None = None
    init_container_statuses: list[_ContainerStatus] | None = None


class RawPod(RawObject):
    """v1.Pod."""

    spec: _PodSpec | None = None
    status: _PodStatus | None = None


_NO_SPEC = _PodSpec()
_NO_STATUS = _PodStatus()


def pod(raw: RawPod, meta: RawMeta) -> Pod:
    """Return the record of a pod."""
    spec, status = raw.spec or _NO_SPEC, raw.status or _NO_STATUS
    containers, status_order = _containers(spec, status)
    return Pod(
        uid=clean(meta.uid),
        name=clean(meta.name),
        namespace=word(meta.namespace or ""),
        created_at=when(meta.creation_timestamp),
        labels=labels(meta.labels),
        deleted_at=when(meta.deletion_timestamp),
        phase=word(status.phase or ""),
        reason=word(status.reason or ""),
        message=message(status.message),
        node=word(spec.node_name or ""),
        restart_policy=word(spec.restart_policy or ""),
        ip=clean(status.pod_ip or ""),
        owner=owner(meta.owner_references),
        runtime_class=word(spec.runtime_class_name or ""),
        containers=containers,
        status_order=status_order,
        conditions=conditions(status.conditions),
        readiness_gates=_gates(spec.readiness_gates),
        scheduling_gates=_gates(spec.scheduling_gates),
        started_at=when(status.start_time),
        annotations=kept_annotations(meta.annotations),
        gpus=_gpus(spec),
        cpu_request=_requested(spec, lambda requests: parse_quantity(requests.cpu)),
        memory_request=_requested(spec, lambda requests: parse_bytes(requests.memory)),
        finalizers=tuple(word(name) for name in meta.finalizers) if meta.finalizers else (),
        claims=tuple(
            word(one.persistent_volume_claim.claim_name) for one in spec.volumes or () if one.persistent_volume_claim
        ),
    )


def _gates(raw: list[_Gate] | None) -> tuple[str, ...]:
    return tuple(word(gate.condition_type or gate.name) for gate in raw) if raw else ()


def _gpus(spec: _PodSpec) -> int | None:
    """Return the sum of the GPU limits; None when no container names any."""
    total = None
    for container in spec.containers or ():
        resources = container.resources
        if resources is not None and resources.limits is not None and resources.limits.gpus is not None:
            total = (total or 0) + (parse_count(resources.limits.gpus) or 0)
    return total


def _requested(spec: _PodSpec, amount: Callable[[_Requests], Number | None]) -> Number | None:
    """Return what the scheduler must find of one resource; None when no container asks for any.

    Init containers run before the others, one after another: the largest counts, sidecars add to the rest.
    """
    total: Number | None = None
    for container in spec.containers or ():
        total = _plus(total, _amount(container, amount))
    largest: Number | None = None
    for container in spec.init_containers or ():
        asked = _amount(container, amount)
        if container.restart_policy == "Always":
            total = _plus(total, asked)
        elif asked is not None:
            largest = asked if largest is None else max(largest, asked)
    return total if largest is None else largest if total is None else max(total, largest)


def _amount(container: _Container, amount: Callable[[_Requests], Number | None]) -> Number | None:
    resources = container.resources
    return None if resources is None or resources.requests is None else amount(resources.requests)


def _plus(total: Number | None, more: Number | None) -> Number | None:
    if more is None:
        return total
    return more if total is None else total + more


def _containers(spec: _PodSpec, status: _PodStatus) -> tuple[tuple[Container, ...], tuple[int, ...]]:
    """Return the containers in the order of the spec, and `Pod.status_order`."""
    made: list[Container] = []
    order: list[int] = []
    for is_init, declared, statuses in (
        (True, spec.init_containers, status.init_container_statuses),
        (False, spec.containers, status.container_statuses),
    ):
        if not declared:
            continue
        heard = {each.name: each for each in statuses} if statuses else {}
        first = len(made)
        for each in declared:
            made.append(_container(each, heard.get(each.name), is_init))
        if heard and len(declared) > 1:
            place = {each.name: first + index for index, each in enumerate(declared)}
            order += [place[each] for each in heard if each in place]
        elif heard and declared[0].name in heard:
            order.append(first)
    return tuple(made), () if order == sorted(order) else tuple(order)


def _container(raw: _Container, status: _ContainerStatus | None, is_init: bool) -> Container:
    resources = raw.resources
    limits = resources.limits if resources is not None else None
    known: dict[str, Any] = _state(status) if status is not None else {}
    return Container(
        name=word(raw.name),
        image=word(raw.image or ""),
        is_init=is_init,
        is_sidecar=is_init and raw.restart_policy == "Always",
        has_probe=raw.readiness_probe is not None or raw.startup_probe is not None,
        memory_limit=parse_bytes(limits.memory) if limits is not None else None,
        ports=tuple(port.container_port for port in raw.ports if port.container_port) if raw.ports else (),
        **known,
    )


def _state(status: _ContainerStatus) -> dict[str, Any]:
    """Return the fields of a `Container` that its status tells."""
    known: dict[str, Any] = {
        "ready": status.ready,
        "started": status.started,
        "restarts": status.restart_count,
        "image_id": word(status.image_id or ""),
        "state": "waiting",  # what an empty state means, by the API's own words
    }
    state = status.state
    if state is not None:
        if (ended := state.terminated) is not None:
            known["state"] = "terminated"
            known["reason"] = word(ended.reason or "")
            known["message"] = message(ended.message)
            known["exit_code"] = ended.exit_code
            known["signal"] = ended.signal
            known["started_at"] = when(ended.started_at)
            known["finished_at"] = when(ended.finished_at)
        elif state.running is not None:
            known["state"] = "running"
            known["started_at"] = when(state.running.started_at)
        elif state.waiting is not None:
            known["reason"] = word(state.waiting.reason or "")
            known["message"] = message(state.waiting.message)
    if status.last_state is not None and (ended := status.last_state.terminated) is not None:
        known["last_reason"] = word(ended.reason or "")
        known["last_message"] = message(ended.message)
        known["last_exit_code"] = ended.exit_code
        known["last_signal"] = ended.signal
        known["last_finished_at"] = when(ended.finished_at)
    return known

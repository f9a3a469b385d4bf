"""Shims, SpinApps and SpinAppExecutors on the wire: every field may be absent."""

from __future__ import annotations

from spottui.records_wasm import Shim, ShimSource, SpinApp, SpinAppExecutor
from spottui.sources.kube_raw_values import (
    Raw,
    RawCondition,
    RawMeta,
    RawObject,
    conditions,
    identity,
    kept_annotations,
    labels,
    message,
    word,
)

SOURCES_KEPT = 16


class _Platform(Raw):
    os: str | None = None
    arch: str | None = None
    location: str | None = None
    sha256: str | None = None


class _AnonHttp(Raw):
    location: str | None = None


class _FetchStrategy(Raw):
    platforms: list[_Platform] | None = None
    anon_http: _AnonHttp | None = None


class _RuntimeClass(Raw):
    name: str | None = None
    handler: str | None = None


class _Rollout(Raw):
    type: str | None = None


class _ShimSpec(Raw):
    node_selector: dict[str, str] | None = None
    fetch_strategy: _FetchStrategy | None = None
    runtime_class: _RuntimeClass | None = None
    rollout_strategy: _Rollout | None = None


class _ShimStatus(Raw):
    nodes: int | None = None
    nodes_ready: int | None = None


class RawShim(RawObject):
    """runtime.spinkube.dev/v1alpha1.Shim."""

    spec: _ShimSpec | None = None
    status: _ShimStatus | None = None


def shim(raw: RawShim, meta: RawMeta) -> Shim:
    """Return the record of a Shim."""
    spec, status = raw.spec or _ShimSpec(), raw.status or _ShimStatus()
    fetched, runtime = spec.fetch_strategy or _FetchStrategy(), spec.runtime_class or _RuntimeClass()
    return Shim(
        **identity(meta),
        node_selector=labels(spec.node_selector),
        runtime_class=word(runtime.name or ""),
        handler=word(runtime.handler or ""),
        sources=tuple(_source(each) for each in (fetched.platforms or ())[:SOURCES_KEPT]),
        location=message(fetched.anon_http.location if fetched.anon_http else None),
        strategy=word((spec.rollout_strategy.type if spec.rollout_strategy else None) or ""),
        nodes=status.nodes,
        nodes_ready=status.nodes_ready,
    )


def _source(raw: _Platform) -> ShimSource:
    return ShimSource(
        os=word(raw.os or ""),
        arch=word(raw.arch or ""),
        location=message(raw.location),
        sha256=word(raw.sha256 or ""),
    )


class _SpinAppSpec(Raw):
    image: str | None = None
    executor: str | None = None
    replicas: int | None = None
    enable_autoscaling: bool | None = None


class _SpinAppStatus(Raw):
    ready_replicas: int | None = None
    conditions: list[RawCondition] | None = None


class RawSpinApp(RawObject):
    """core.spinkube.dev/v1alpha1.SpinApp."""

    spec: _SpinAppSpec | None = None
    status: _SpinAppStatus | None = None


def spin_app(raw: RawSpinApp, meta: RawMeta) -> SpinApp:
    """Return the record of a SpinApp; `ready` is None before its operator wrote a status."""
    spec, status = raw.spec or _SpinAppSpec(), raw.status or _SpinAppStatus()
    return SpinApp(
        **identity(meta),
        image=word(spec.image or ""),
        executor=word(spec.executor or ""),
        replicas=spec.replicas,
        is_autoscaled=bool(spec.enable_autoscaling),
        ready=(status.ready_replicas or 0) if raw.status is not None else None,
        conditions=conditions(status.conditions),
        annotations=kept_annotations(meta.annotations),
    )


class _DeploymentConfig(Raw):
    runtime_class_name: str | None = None
    spin_image: str | None = None


class _ExecutorSpec(Raw):
    create_deployment: bool | None = None
    deployment_config: _DeploymentConfig | None = None


class RawExecutor(RawObject):
    """core.spinkube.dev/v1alpha1.SpinAppExecutor."""

    spec: _ExecutorSpec | None = None


def spin_app_executor(raw: RawExecutor, meta: RawMeta) -> SpinAppExecutor:
    """Return the record of a SpinAppExecutor."""
    spec = raw.spec or _ExecutorSpec()
    config = spec.deployment_config or _DeploymentConfig()
    return SpinAppExecutor(
        **identity(meta),
        creates_deployment=bool(spec.create_deployment),
        runtime_class=word(config.runtime_class_name or ""),
        spin_image=word(config.spin_image or ""),
    )

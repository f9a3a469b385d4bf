"""What the two wasm operators keep: Shims of the runtime-class-manager, SpinApps and their executors of SpinKube."""

from __future__ import annotations

from msgspec import Struct

from spottui.records import Condition, Labels, Meta

WASM_KINDS = ("shims", "spinapps", "spinappexecutors")
"""Plural names of the kinds that are there only where a wasm operator is installed."""


class ShimSource(Struct, frozen=True, kw_only=True):
    """Where the shim for one processor comes from (spec.fetchStrategy.platforms[])."""

    os: str
    arch: str
    """amd64, arm64, x86_64 or aarch64."""
    location: str
    sha256: str = ""


class Shim(Meta, frozen=True, kw_only=True):
    """A Shim (runtime.spinkube.dev/v1alpha1): an engine, and the nodes that are to get it."""

    node_selector: Labels = {}
    """spec.nodeSelector: nodes with these labels get the shim."""
    runtime_class: str = ""
    """spec.runtimeClass.name: the RuntimeClass that is made for it."""
    handler: str = ""
    """spec.runtimeClass.handler."""
    sources: tuple[ShimSource, ...] = ()
    location: str = ""
    """spec.fetchStrategy.anonHttp.location: one archive for all processors, the old form."""
    strategy: str = ""
    """spec.rolloutStrategy.type: "recreate" or "rolling"."""
    nodes: int | None = None
    """status.nodes: how many nodes want it."""
    nodes_ready: int | None = None
    """status.nodesReady."""


class SpinApp(Meta, frozen=True, kw_only=True):
    """A SpinApp (core.spinkube.dev/v1alpha1)."""

    image: str = ""
    executor: str = ""
    """Name of the SpinAppExecutor, in the app's own namespace."""
    replicas: int | None = None
    """None with autoscaling: something else decides."""
    is_autoscaled: bool = False
    ready: int | None = None
    """status.readyReplicas."""
    conditions: tuple[Condition, ...] = ()
    annotations: Labels = {}


class SpinAppExecutor(Meta, frozen=True, kw_only=True):
    """A SpinAppExecutor (core.spinkube.dev/v1alpha1): how the apps of its namespace are run."""

    creates_deployment: bool = False
    runtime_class: str = ""
    spin_image: str = ""
    """Set: apps run in a Linux container with Spin inside."""

"""What a verdict on a pod that is not ready says, and what it may be drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from spottui.records import Node, Pod, WasmRuntime

Severity = Literal["bad", "warn"]


class Why(Struct, frozen=True, kw_only=True):
    """Why a pod is not ready."""

    code: str
    """One word for tests and for grouping: "OOM", "OFFLINE", "SENSOR", ..."""
    cause: str
    advice: str
    severity: Severity = "bad"
    since: float | None = None
    container: str = ""
    """The container that it is about; empty: the pod as a whole."""


class Around(Struct, frozen=True):
    """What lies around a pod and may explain it; all of it may be unknown."""

    nodes: Mapping[str, Node] = {}
    """By name."""
    runtimes: Mapping[str, WasmRuntime] = {}
    """RuntimeClasses by name; None of them known is no proof that there is none."""
    pods: Callable[[], Iterable[Pod]] = tuple
    """All pods, asked for only when the scheduler lacks room."""
    peak_memory: int | None = None
    """Most bytes that the pod was seen to use."""
    last_lines: Sequence[str] = ()
    """The last lines that the container wrote before it ended, where they were fetched."""

"""The status word of a pod, as `kubectl get pods` prints it; knows records only.

The rules are those of kubectl's printer of v1.37 (`pkg/printers/internalversion`), written anew.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from spottui.records import Condition, Container, Pod
from spottui.verdicts.conditions import is_true

Tone = Literal["good", "warn", "bad", "dim"]

_STARTING = frozenset({"Pending", "ContainerCreating", "PodInitializing", "NotReady", "SchedulingGated"})
_QUIET = frozenset({"Completed", "Succeeded", "Terminating"})
_TERMINAL = frozenset({"Succeeded", "Failed"})


class PodStatus(Struct, frozen=True):
    """What the row of a pod says: kubectl's STATUS, READY and RESTARTS, and how to colour them."""

    word: str
    """E.g. "Running", "Init:0/2", "CrashLoopBackOff"."""
    ready: int
    total: int
    """Containers and sidecars; plain init containers do not count."""
    restarts: int
    last_restart_at: float | None
    """When the container that restarted last had ended."""
    tone: Tone


class _Tally:
    """What one walk over the containers counts."""

    __slots__ = ("last", "ready", "restarts", "sidecar_last", "sidecar_restarts")

    def __init__(self) -> None:
        self.ready = self.restarts = self.sidecar_restarts = 0
        self.last: float | None = None
        self.sidecar_last: float | None = None


def pod_status(pod: Pod) -> PodStatus:
    """Return the status of `pod` as kubectl would print it."""
    tally = _Tally()
    word = pod.reason or pod.phase
    for condition in pod.conditions:
        if condition.type == "PodScheduled" and condition.reason == "SchedulingGated":
            word = "SchedulingGated"
    init, main, total, init_total = _split(pod)
    stuck = _init_word(init, init_total, tally) if init else None
    if stuck is not None:
        word = stuck
    if stuck is None or is_true(pod.conditions, "Initialized"):
        word = _main_word(main, word, pod.conditions, tally)
    if pod.deleted_at is not None:
        if pod.reason == "NodeLost":
            word = "Unknown"
        elif pod.phase not in _TERMINAL:
            word = "Terminating"
    return PodStatus(word, tally.ready, total, tally.restarts, tally.last, _tone(pod, word, tally.ready, total))


def _split(pod: Pod) -> tuple[list[Container], list[Container], int, int]:
    """Return the reported init and main containers in status order, the total of READY, and all inits."""
    containers = pod.containers
    total = init_total = 0
    for container in containers:
        if container.is_init:
            init_total += 1
            total += container.is_sidecar
        else:
            total += 1
    ordered = [containers[index] for index in pod.status_order] if pod.status_order else containers
    init = [container for container in ordered if container.is_init and container.state] if init_total else []
    main = [container for container in ordered if not container.is_init and container.state]
    return init, main, total, init_total


def _init_word(init: list[Container], init_total: int, tally: _Tally) -> str | None:
    """Return the word of the init container that the pod waits for; None when all are past."""
    for index, container in enumerate(init):
        tally.restarts += container.restarts
        tally.last = _later(tally.last, container.last_finished_at)
        if container.is_sidecar:
            tally.sidecar_restarts += container.restarts
            tally.sidecar_last = _later(tally.sidecar_last, container.last_finished_at)
        if container.state == "terminated" and not container.exit_code:
            continue
        if container.is_sidecar and container.started:
            tally.ready += container.ready
            continue
        if container.state == "terminated":
            return "Init:" + _ended(container)
        if container.state == "waiting" and container.reason not in ("", "PodInitializing"):
            return "Init:" + container.reason
        return f"Init:{index}/{init_total}"
    return None


def _main_word(main: list[Container], word: str, conditions: tuple[Condition, ...], tally: _Tally) -> str:
    """Return the word that the main containers make of `word`; their restarts replace those of the inits."""
    tally.restarts, tally.last = tally.sidecar_restarts, tally.sidecar_last
    has_running = False
    error = ""
    for container in reversed(main):  # the first container has the last word
        tally.restarts += container.restarts
        tally.last = _later(tally.last, container.last_finished_at)
        if container.state == "waiting":
            word = container.reason or word
        elif container.state == "terminated":
            word = _ended(container)
            if container.exit_code:
                error = word
        elif container.ready:
            has_running = True
            tally.ready += 1
    if word != "Completed":
        return word
    if has_running and is_true(conditions, "Ready"):
        return "Running"
    return error or ("NotReady" if has_running else word)


def _ended(container: Container) -> str:
    if container.reason:
        return container.reason
    if container.signal:
        return f"Signal:{container.signal}"
    return f"ExitCode:{container.exit_code or 0}"


def _later(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _tone(pod: Pod, word: str, ready: int, total: int) -> Tone:
    if word == "Running":
        gated = bool(pod.readiness_gates) and not is_true(pod.conditions, "Ready")
        return "good" if ready >= total and not gated else "warn"
    if word in _QUIET:
        return "dim"
    if word in _STARTING or word.removeprefix("Init:")[:1].isdigit():
        return "warn"
    return "bad"

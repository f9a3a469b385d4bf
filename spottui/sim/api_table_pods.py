"""The row of a pod: READY, STATUS and RESTARTS by the rules of Kubernetes' own printer."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_table_times import NONE, UNKNOWN, seconds_of, since, span
from spottui.sim.objects import Object

Json = dict[str, Any]


class _Tally:
    """What is counted over the containers."""

    def __init__(self) -> None:
        self.ready = self.restarts = self.sidecar_restarts = 0
        self.last = self.sidecar_last = 0.0


def pod_cells(pod: Object, now: float) -> list[Any]:
    """Return the cells of a pod's row."""
    spec, status, meta = pod.get("spec") or {}, pod.get("status") or {}, pod["metadata"]
    inits = spec.get("initContainers") or []
    sidecars = [one["name"] for one in inits if one.get("restartPolicy") == "Always"]
    tally = _Tally()
    word = _word(pod, spec, status, tally, set(sidecars))
    total = len(spec.get("containers") or ()) + len(sidecars)
    restarts = str(tally.restarts)
    if tally.restarts and tally.last:
        restarts += f" ({span(now - tally.last)} ago)"
    gates = NONE
    wanted = spec.get("readinessGates") or ()
    if wanted:
        true = {one["type"] for one in status.get("conditions") or () if one.get("status") == "True"}
        gates = f"{sum(gate.get('conditionType') in true for gate in wanted)}/{len(wanted)}"
    addresses = [one.get("ip") for one in status.get("podIPs") or ()]
    return [
        meta.get("name", ""),
        f"{tally.ready}/{total}",
        word,
        restarts,
        since(meta.get("creationTimestamp"), now) if meta.get("creationTimestamp") else UNKNOWN,
        (addresses[0] if addresses else status.get("podIP")) or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        gates,
    ]


def _word(pod: Object, spec: Json, status: Json, tally: _Tally, sidecars: set[str]) -> str:
    word = status.get("reason") or status.get("phase", "")
    conditions = status.get("conditions") or ()
    for one in conditions:
        if one.get("type") == "PodScheduled" and one.get("reason") == "SchedulingGated":
            word = "SchedulingGated"
    inits = spec.get("initContainers") or ()
    stuck = None
    if inits:
        stuck = _init_word(status.get("initContainerStatuses") or (), len(inits), tally, sidecars)
    if stuck is not None:
        word = stuck
    if stuck is None or _is_true(conditions, "Initialized"):
        word = _main_word(status.get("containerStatuses") or (), word, conditions, tally)
    if "deletionTimestamp" in pod["metadata"]:
        if status.get("reason") == "NodeLost":
            word = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            word = "Terminating"
    return word


def _init_word(reported: Any, total: int, tally: _Tally, sidecars: set[str]) -> str | None:
    """Return the word of the init container that the pod waits for; None when all are past."""
    for at, one in enumerate(reported):
        state = one.get("state") or {}
        is_sidecar = one.get("name") in sidecars
        _count_restarts(one, tally)
        if is_sidecar:
            tally.sidecar_restarts += one.get("restartCount", 0)
            tally.sidecar_last = max(tally.sidecar_last, _last_end(one))
        if "terminated" in state and not state["terminated"].get("exitCode"):
            continue
        if is_sidecar and one.get("started"):
            tally.ready += bool(one.get("ready"))
            continue
        if "terminated" in state:
            return "Init:" + _ended(state["terminated"])
        reason = (state.get("waiting") or {}).get("reason", "")
        if reason not in ("", "PodInitializing"):
            return f"Init:{reason}"
        return f"Init:{at}/{total}"
    return None


def _main_word(reported: Any, word: str, conditions: Any, tally: _Tally) -> str:
    """Return what the main containers make of the word; their restarts replace those of the plain init containers."""
    tally.restarts, tally.last = tally.sidecar_restarts, tally.sidecar_last
    is_running, error = False, ""
    for one in reversed(reported):
        state = one.get("state") or {}
        _count_restarts(one, tally)
        if (state.get("waiting") or {}).get("reason"):
            word = state["waiting"]["reason"]
        elif "terminated" in state:
            word = _ended(state["terminated"])
            if state["terminated"].get("exitCode"):
                error = word
        elif one.get("ready") and "running" in state:
            is_running = True
            tally.ready += 1
    if word == "Completed":
        if is_running:
            return "Running" if _is_true(conditions, "Ready") else "NotReady"
        return error or word
    return word


def _count_restarts(one: Json, tally: _Tally) -> None:
    tally.restarts += one.get("restartCount", 0)
    tally.last = max(tally.last, _last_end(one))


def _last_end(one: Json) -> float:
    ended = (one.get("lastState") or {}).get("terminated") or {}
    return seconds_of(ended.get("finishedAt")) or 0.0


def _ended(terminated: Json) -> str:
    if terminated.get("reason"):
        return terminated["reason"]
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _is_true(conditions: Any, type_: str) -> bool:
    return any(one.get("type") == type_ and one.get("status") == "True" for one in conditions)

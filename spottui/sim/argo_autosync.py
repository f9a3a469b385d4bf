"""When the controller starts a sync by itself, and when it refuses to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spottui.sim.argo_comparison import Compared
from spottui.sim.argo_memory import Memory
from spottui.sim.argo_projects import sources_of
from spottui.sim.objects import Object

HEAL_FIRST, HEAL_FACTOR, HEAL_CAP = 2.0, 3.0, 300.0
"""Seconds of back-off before the second self-heal in a row, its growth and its end."""
HEAL_COOLDOWN = 330.0
"""Seconds of peace after which the back-off begins anew."""


@dataclass(slots=True)
class Decision:
    """What becomes of a comparison: at most one of the three."""

    operation: dict[str, Any] | None = None
    error: str = ""
    """Text of a SyncError condition."""
    wait: float = 0.0
    """Seconds until it is to be looked at again."""


def is_on(spec: dict[str, Any]) -> bool:
    """Tell whether auto-sync is on."""
    automated = (spec.get("syncPolicy") or {}).get("automated")
    return automated is not None and automated.get("enabled") is not False


def decide(app: Object, compared: Compared, memory: Memory, now: float) -> Decision:
    """Decide about an automated sync; `now` is the story's time."""
    spec = app["spec"]
    if not is_on(spec) or app.get("operation") or "deletionTimestamp" in app["metadata"]:
        return Decision()
    if compared.sync != "OutOfSync":
        return Decision()
    automated = spec["syncPolicy"]["automated"]
    rows = [row for row in compared.rows(False) if not row.get("hook")]
    if not automated.get("prune") and all(row["status"] == "Synced" or row.get("requiresPruning") for row in rows):
        return Decision()  # there is only something to prune, and that is not wanted
    operation = _operation(spec, compared)
    state = (app.get("status") or {}).get("operationState") or {}
    if _was_tried(spec, state, compared):
        if state.get("phase") != "Succeeded":
            shas = " ".join(compared.revisions)
            return Decision(error=f"Failed last sync attempt to [{shas}]: {state.get('message', '')}")
        if not automated.get("selfHeal"):
            return Decision()
        wait = _heal_wait(memory, now)
        if wait > 0:
            return Decision(wait=wait)
        memory.healed += 1
        out = [row for row in rows if row["status"] != "Synced"]
        operation["sync"]["autoHealAttemptsCount"] = memory.healed
        operation["sync"]["resources"] = [
            {key: row[key] for key in ("group", "kind", "name", "namespace") if row.get(key)} for row in out
        ]
    else:
        memory.healed = 0
    if automated.get("prune") and not automated.get("allowEmpty") and all(row.get("requiresPruning") for row in rows):
        shas = " ".join(compared.revisions)
        return Decision(error=f"Skipping sync attempt to [{shas}]: auto-sync will wipe out all resources")
    return Decision(operation)


def _operation(spec: dict[str, Any], compared: Compared) -> dict[str, Any]:
    policy = spec["syncPolicy"]
    sync: dict[str, Any] = {"revision": compared.revisions[0]}
    if spec.get("sources"):
        sync = {"revisions": compared.revisions}
    if policy["automated"].get("prune"):
        sync["prune"] = True
    if policy.get("syncOptions"):
        sync["syncOptions"] = policy["syncOptions"]
    return {"initiatedBy": {"automated": True}, "retry": policy.get("retry") or {"limit": 5}, "sync": sync}


def _was_tried(spec: dict[str, Any], state: dict[str, Any], compared: Compared) -> bool:
    """Tell whether the last operation was for the same revision of the same source."""
    result = state.get("syncResult")
    if not result or "sync" not in state.get("operation", {}):
        return False
    if spec.get("sources"):
        tried = result.get("revisions") or []
    else:
        tried = [result.get("revision", "")]
    return tried == compared.revisions and _bare(sources_of(result)) == _bare(sources_of(spec))


def _bare(sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in source.items() if key != "targetRevision"} for source in sources]


def _heal_wait(memory: Memory, now: float) -> float:
    """Return the seconds until the next self-heal may be; 0 or less is now."""
    if memory.finished_at is None:
        return 0.0
    since = now - memory.finished_at
    if since >= HEAL_COOLDOWN:
        memory.healed = 0
    if memory.healed == 0:
        return 0.0
    return min(HEAL_CAP, HEAL_FIRST * HEAL_FACTOR ** (memory.healed - 1)) - since

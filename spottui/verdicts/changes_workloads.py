"""What changed between two records of one workload: images, rollouts, scale, pauses, failed Jobs."""

from __future__ import annotations

from typing import Literal

from spottui.records import Condition, Target, Workload
from spottui.records_timeline import TimelineEntry, Tone
from spottui.verdicts.changes_words import entry, image_change, place, target_of

BEGAN, DONE = "rollout-began:", "rollout-done:"
"""How the uid of a rollout's begin and end begin."""
Progress = Literal["", "going", "done", "stalled"]
_PROGRESS: dict[str, Progress] = {
    "NewReplicaSetCreated": "going",
    "FoundNewReplicaSet": "going",
    "ReplicaSetUpdated": "going",
    "DeploymentResumed": "going",
    "NewReplicaSetAvailable": "done",
    "ProgressDeadlineExceeded": "stalled",
    "ReplicaSetCreateError": "stalled",
    "FailedCreate": "stalled",
}
"""Reasons of a Deployment's condition Progressing; after a rollout is done, a scale or a crash does not change it."""
COUNTED = ("StatefulSet", "DaemonSet")
"""Kinds without that condition: whether a rollout is done is read from their counts, which a scale changes too."""


def workload_entries(before: Workload, after: Workload, at: float) -> tuple[TimelineEntry, ...]:
    """Return what the Timeline should say of a workload that changed."""
    if after.kind == "ReplicaSet":
        return _undone(before, after, at)
    if after.kind == "Job":
        return _job(before, after, at)
    entries: list[TimelineEntry] = []

    def note(uid: str, tone: Tone, what: str, text: str) -> None:
        subject = place(after.namespace, f"{after.kind.lower()}/{after.name}")
        entries.append(entry(uid, at, tone, what, subject, text, target_of(after)))

    stamp = f"{after.uid}:{after.generation}:{after.revision}"
    if before.images != after.images:
        note(f"image:{stamp}", "info", "image", _images(before.images, after.images))
    if before.desired != after.desired and after.kind != "DaemonSet" and None not in (before.desired, after.desired):
        note(f"scale:{stamp}", "info", "scale", f"scaled from {before.desired} to {after.desired}")
    if before.paused != after.paused:
        word = ("suspended" if after.paused else "goes on") if after.kind == "CronJob" else ""
        note(f"pause:{stamp}", "info", "rollout", word or ("paused" if after.paused else "resumed"))
    for uid, tone, text in _rollout(before, after):
        note(f"{uid}{stamp}", tone, "rollout", text)
    return tuple(entries)


def _images(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    if len(before) == len(after):
        pairs = [image_change(old, new) for old, new in zip(before, after, strict=True) if old != new]
        return ", ".join(pairs)
    gone, new = (
        " ".join(one for one in some if one not in other) for some, other in ((before, after), (after, before))
    )
    return (
        ", ".join(part for part in (f"new {new}" if new else "", f"gone {gone}" if gone else "") if part) or "reordered"
    )


def _rollout(before: Workload, after: Workload) -> list[tuple[str, Tone, str]]:
    """Return uid, tone and text of each step of a rollout that the change shows."""
    steps: list[tuple[str, Tone, str]] = []
    began = _has_begun(before, after)
    if began:
        steps.append((BEGAN, "info", began))
    if after.kind in COUNTED:
        if _counts_end(before, after):
            steps.append((DONE, "good", f"rollout done: {after.ready} of {after.desired} ready"))
        return steps
    was, now = _progress(before), _progress(after)
    if now == "stalled" and (was != "stalled" or began):
        steps.append(("rollout-stalled:", "bad", f"rollout stalled: {_progressing(after).message or 'no progress'}"))
    elif now == "done" and (was in ("going", "stalled") or (began and _is_settled(after))):
        steps.append((DONE, "good", f"rollout done: {_revision(after)}{after.ready or 0} of {after.desired} ready"))
    return steps


def _has_begun(before: Workload, after: Workload) -> str:
    """Return how a rollout began, in words; empty when none did."""
    if after.kind not in ("Deployment", *COUNTED):
        return ""
    why = " by a restart" if after.restarted_at is not None and before.restarted_at != after.restarted_at else ""
    if after.kind == "DaemonSet":  # its revisions are objects of their own, which are not read
        changed = before.images != after.images or bool(why)
        return f"rollout began{why}" if changed else ""
    if before.revision == after.revision or not after.revision:
        return ""
    if after.kind == "StatefulSet":
        return "" if not before.revision else f"rollout began{why}"
    return f"rollout began{why}: revision {before.revision or 'none'} -> {after.revision}"


def _revision(workload: Workload) -> str:
    return f"revision {workload.revision}, " if workload.revision else ""


def _progressing(workload: Workload) -> Condition:
    none = Condition("Progressing", "Unknown")
    return next((one for one in workload.conditions if one.type == "Progressing"), none)


def _progress(workload: Workload) -> Progress:
    return _PROGRESS.get(_progressing(workload).reason, "")


def _is_settled(workload: Workload) -> bool:
    """Tell whether the status is of the newest template, and all pods are of it and ready."""
    if workload.desired is None or workload.updated is None or workload.ready is None:
        return False
    seen = (workload.observed_generation or 0) >= (workload.generation or 0)
    return seen and workload.updated >= workload.desired and workload.ready >= workload.desired


def _counts_end(before: Workload, after: Workload) -> bool:
    return _is_settled(after) and not _is_settled(before)


def _undone(before: Workload, after: Workload, at: float) -> tuple[TimelineEntry, ...]:
    """Tell an undone rollout: an old ReplicaSet of a Deployment gets a new revision."""
    owner = after.owner
    if owner is None or owner.kind != "Deployment" or not before.revision or before.revision == after.revision:
        return ()
    target = Target(kind=owner.kind, namespace=after.namespace, name=owner.name, uid=owner.uid)
    text = f"rollout undone: back to revision {before.revision}, which is now revision {after.revision}"
    subject = place(after.namespace, f"deployment/{owner.name}")
    return (entry(f"undone:{after.uid}:{after.revision}", at, "warn", "rollout", subject, text, target),)


def _job(before: Workload, after: Workload, at: float) -> tuple[TimelineEntry, ...]:
    failed = _failed(after)
    if failed is None or _failed(before) is not None:
        return ()
    subject = place(after.namespace, f"job/{after.name}")
    text = f"Job failed: {failed.message or failed.reason or 'no reason is given'}"
    when = at if failed.since is None else failed.since
    return (entry(f"job-failed:{after.uid}", when, "bad", "pod", subject, text, target_of(after)),)


def _failed(job: Workload) -> Condition | None:
    return next((one for one in job.conditions if one.type == "Failed" and one.status == "True"), None)

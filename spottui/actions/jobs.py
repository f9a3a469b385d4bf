"""Runs a Job once more: a new Job of the same spec, cleaned of what belonged to the old one."""

from __future__ import annotations

import copy
import secrets

from spottui.actions.objects import (
    PASSING,
    Object,
    collection,
    condition,
    fetch,
    metadata,
    number,
    parsed,
    part,
    read,
    said,
    uid_of,
)
from spottui.actions.pod_trouble import newest_pod_trouble
from spottui.actions.services import Options, Services, Unfinished
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

WATCHED_FOR = 30.0
"""Seconds that a new Job is watched until its pod runs; a short one may be complete by then."""
PAUSE = 1.0
NAME_LENGTH = 63
"""A Job's name is a label of its pods."""
LETTERS = "bcdfghjklmnpqrstvwxz2456789"
OLD_LABELS = ("controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name")
OLD_ANNOTATIONS = ("batch.kubernetes.io/job-tracking", "kubectl.kubernetes.io/last-applied-configuration")


def new_name(name: str) -> str:
    """Return a name for a Job that comes of `name`."""
    ending = "".join(secrets.choice(LETTERS) for _ in range(5))
    return f"{name[: NAME_LENGTH - 6].rstrip('-.')}-{ending}"


async def preview_rerun(services: Services, target: Target, options: Options) -> str:
    """Say how the old one stands."""
    return f"The old one, which {_standing(await fetch(services, target))}, stays as it is."


async def rerun(services: Services, target: Target, options: Options) -> str:
    """Make a new Job of the old one's spec.

    Raises:
        SpottuiError: It was refused.
    """
    return await create_and_watch(services, target, cleaned(await fetch(services, target)))


def cleaned(job: Object) -> Object:
    """Return a Job to be created, of the spec of one that was."""
    spec = copy.deepcopy(part(job, "spec"))
    if spec.get("manualSelector") is not True:
        spec.pop("selector", None)
        _drop(part(spec, "template", "metadata", "labels"), OLD_LABELS)
    part(spec, "template", "metadata").pop("creationTimestamp", None)
    meta = metadata(job)
    labels, annotations = dict(part(meta, "labels")), dict(part(meta, "annotations"))
    _drop(labels, OLD_LABELS)
    _drop(annotations, OLD_ANNOTATIONS)
    made = {"name": new_name(str(meta.get("name"))), "namespace": meta.get("namespace")}
    made |= {"labels": labels, "annotations": annotations}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": made, "spec": spec}


async def create_and_watch(services: Services, target: Target, job: Object) -> str:
    """Create the Job and read it until its pod runs, or it has ended.

    Raises:
        SpottuiError: It was refused, or it failed; OutcomeUnknown when nothing could be read back.
    """
    path = collection("Job", target.namespace)
    made = parsed(await services.api.request("POST", path, body=job), path)
    name, asked_at = str(metadata(made).get("name")), services.clock()
    seen: Object | None = None
    lost = ""
    while services.clock() - asked_at < WATCHED_FOR:
        try:
            seen, lost = await read(services.api, f"{path}/{name}"), ""
        except PASSING as error:
            lost = str(error)
        except NotFound as error:
            raise SpottuiError(f"{target.name}: Job {name} was made and deleted at once by somebody.") from error
        if seen is not None and not lost:
            _check_same(seen, made, name)
            if _has_begun(seen):
                return f"{target.name}: Job {name} {_standing(seen)}."
            services.progress(f"{target.name}: Job {name} {_standing(seen)}.")
        await services.sleep(PAUSE)
    if seen is None:
        raise OutcomeUnknown(f"{target.name}: Job {name} was made, but nothing was read back. {lost}")
    why = lost or await newest_pod_trouble(services, seen)
    return Unfinished(
        f"{target.name}: Job {name} {_standing(seen)} after {WATCHED_FOR:.0f} s{f'; {why}' if why else ''}."
    )


def _check_same(seen: Object, made: Object, name: str) -> None:
    if uid_of(seen) != uid_of(made):
        raise SpottuiError(f"Job {name} was made, but another one has its name now.")


def _has_begun(job: Object) -> bool:
    status = part(job, "status")
    is_over = any(condition(job, kind).get("status") == "True" for kind in ("Complete", "Failed", "Suspended"))
    return is_over or number(status, "ready") > 0 or number(status, "succeeded") > 0


def _standing(job: Object) -> str:
    """Return how a Job stands, as the end of a sentence that begins with it."""
    status = part(job, "status")
    if condition(job, "Complete").get("status") == "True":
        return "is complete"
    failed = condition(job, "Failed")
    if failed.get("status") == "True":
        why = said(failed.get("message") or failed.get("reason"))
        return f"has failed{f' ({why})' if why else ''}"
    if condition(job, "Suspended").get("status") == "True":
        return "is suspended"
    if number(status, "ready"):
        return "runs"
    return "has a pod that is not ready yet" if number(status, "active") else "has no pod yet"


def _drop(found: Object, names: tuple[str, ...]) -> None:
    for name in names:
        found.pop(name, None)

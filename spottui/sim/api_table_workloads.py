"""The rows of the kinds that keep pods: Deployments, Jobs and their like."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_label_selector import selector_text
from spottui.sim.api_table_times import NONE, seconds_of, since, span
from spottui.sim.objects import Object

Json = dict[str, Any]


def _head(one: Object) -> tuple[str, Json, Json, str | None]:
    meta = one["metadata"]
    return meta.get("name", ""), one.get("spec") or {}, one.get("status") or {}, meta.get("creationTimestamp")


def _containers(template: Json | None) -> list[str]:
    containers = ((template or {}).get("spec") or {}).get("containers") or ()
    return [",".join(one.get(field, "") for one in containers) for field in ("name", "image")]


def _selector(spec: Json) -> str:
    return selector_text(spec.get("selector")) or NONE


def deployment_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a Deployment."""
    name, spec, status, made = _head(one)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    counts = [status.get("updatedReplicas", 0), status.get("availableReplicas", 0)]
    return [name, ready, *counts, since(made, now), *_containers(spec.get("template")), _selector(spec)]


def replica_set_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a ReplicaSet."""
    name, spec, status, made = _head(one)
    counts = [spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [name, *counts, since(made, now), *_containers(spec.get("template")), _selector(spec)]


def stateful_set_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a StatefulSet."""
    name, spec, status, made = _head(one)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [name, ready, since(made, now), *_containers(spec.get("template"))]


def daemon_set_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a DaemonSet."""
    name, spec, status, made = _head(one)
    fields = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled")
    counts = [status.get(field, 0) for field in (*fields, "numberAvailable")]
    pod = (spec.get("template") or {}).get("spec") or {}
    where = ",".join(f"{key}={value}" for key, value in sorted((pod.get("nodeSelector") or {}).items())) or NONE
    return [name, *counts, where, since(made, now), *_containers(spec.get("template")), _selector(spec)]


def job_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a Job."""
    name, spec, status, made = _head(one)
    done = status.get("succeeded", 0)
    if spec.get("completions") is not None:
        completions = f"{done}/{spec['completions']}"
    elif spec.get("parallelism", 0) > 1:
        completions = f"{done}/1 of {spec['parallelism']}"
    else:
        completions = f"{done}/1"
    start, end = seconds_of(status.get("startTime")), seconds_of(status.get("completionTime"))
    duration = "" if start is None else span((now if end is None else end) - start)
    row = [name, _job_word(one, status), completions, duration, since(made, now)]
    return [*row, *_containers(spec.get("template")), _selector(spec)]


def _job_word(one: Object, status: Json) -> str:
    true = {each["type"] for each in status.get("conditions") or () if each.get("status") == "True"}
    for type_ in ("Complete", "Failed"):
        if type_ in true:
            return type_
    if "deletionTimestamp" in one["metadata"]:
        return "Terminating"
    return next((type_ for type_ in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if type_ in true), "Running")


def cron_job_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a CronJob."""
    name, spec, status, made = _head(one)
    last = since(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else NONE
    suspended = "True" if spec.get("suspend") else "False"
    active = len(status.get("active") or ())
    template = ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template")
    selector = _selector((spec.get("jobTemplate") or {}).get("spec") or {})
    row = [name, spec.get("schedule", ""), spec.get("timeZone") or NONE, suspended, active, last, since(made, now)]
    return [*row, *_containers(template), selector]


def spin_app_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a SpinApp."""
    name, spec, status, _ = _head(one)
    return [name, status.get("readyReplicas"), spec.get("replicas"), spec.get("executor")]


def shim_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a Shim."""
    name, spec, status, _ = _head(one)
    return [name, (spec.get("runtimeClass") or {}).get("name"), status.get("nodesReady"), status.get("nodes")]


def application_cells(one: Object, now: float) -> list[Any]:
    """Return the row of an Application."""
    name, spec, status, _ = _head(one)
    sync, health = status.get("sync") or {}, status.get("health") or {}
    return [name, sync.get("status"), health.get("status"), sync.get("revision"), spec.get("project")]


def dated_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a custom resource without columns of its own."""
    return [one["metadata"].get("name", ""), since(one["metadata"].get("creationTimestamp"), now)]

"""Workloads from their JSON: the facts of kubectl describe, in its order."""

from __future__ import annotations

from spottui.actions.objects import part, rows
from spottui.screens.describe_pod import container_facts, placement_facts
from spottui.screens.describe_sheet import NONE, Json, Sheet, condition_facts, head_facts, moment, selector_text, text


def workload_facts(sheet: Sheet, found: Json) -> None:
    """Add the facts of a Deployment, StatefulSet, DaemonSet or ReplicaSet."""
    meta, spec, status = part(found, "metadata"), part(found, "spec"), part(found, "status")
    kind = text(found.get("kind"))
    if kind == "Deployment":
        sheet.fact("CreationTimestamp", moment(meta.get("creationTimestamp")))
        head_facts(sheet, found)
        sheet.fact("Selector", selector_text(part(spec, "selector")))
        counts = [status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas")]
        sheet.fact(
            "Replicas",
            f"{text(spec.get('replicas', 0))} desired | {counts[0]} updated | {counts[1]} total | "
            f"{counts[2]} available | {status.get('unavailableReplicas', 0)} unavailable",
        )
        strategy = part(spec, "strategy")
        sheet.fact("StrategyType", strategy.get("type") or "")
        sheet.fact("MinReadySeconds", spec.get("minReadySeconds", 0))
        if rolling := part(strategy, "rollingUpdate"):
            unavailable, surge = text(rolling.get("maxUnavailable")), text(rolling.get("maxSurge"))
            sheet.fact("RollingUpdateStrategy", f"{unavailable} max unavailable, {surge} max surge")
    elif kind == "DaemonSet":
        sheet.fact("Selector", selector_text(part(spec, "selector")))
        sheet.pairs("Node-Selector", part(spec, "template", "spec", "nodeSelector"))
        head_facts(sheet, found)
        for title, key in _DAEMONS:
            sheet.fact(title, status.get(key, 0))
    else:
        sheet.fact("CreationTimestamp", moment(meta.get("creationTimestamp")))
        sheet.fact("Selector", selector_text(part(spec, "selector")))
        head_facts(sheet, found)
        current = status.get("replicas" if kind == "StatefulSet" else "readyReplicas", 0)
        words_for = "desired | {} total" if kind == "StatefulSet" else "desired | {} ready"
        sheet.fact("Replicas", f"{text(spec.get('replicas', 0))} {words_for.format(current)}")
        if kind == "StatefulSet":
            sheet.fact("Update Strategy", part(spec, "updateStrategy").get("type") or "")
    _template(sheet, part(spec, "template"))
    condition_facts(sheet, status)


_DAEMONS = (
    ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
    ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
    ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
    ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
    ("Number of Nodes Misscheduled", "numberMisscheduled"),
)


def _template(sheet: Sheet, template: Json) -> None:
    sheet.head("Pod Template")
    sheet.pairs("Labels", part(template, "metadata", "labels"), 2)
    if annotations := part(template, "metadata", "annotations"):
        sheet.pairs("Annotations", annotations, 2, sign=": ")
    spec = part(template, "spec")
    if spec.get("serviceAccountName"):
        sheet.fact("Service Account", spec["serviceAccountName"], 2)
    container_facts(sheet, spec, {})
    placement_facts(sheet, spec, {})


def job_facts(sheet: Sheet, found: Json) -> None:
    """Add the facts of a Job."""
    spec, status = part(found, "spec"), part(found, "status")
    sheet.fact("Selector", selector_text(part(spec, "selector")))
    head_facts(sheet, found)
    for title, key in (("Parallelism", "parallelism"), ("Completions", "completions")):
        if spec.get(key) is not None:
            sheet.fact(title, spec[key])
    sheet.fact("Completion Mode", spec.get("completionMode") or "NonIndexed")
    sheet.fact("Suspend", bool(spec.get("suspend")))
    sheet.fact("Backoff Limit", spec.get("backoffLimit", 6))
    for title, key in (("Start Time", "startTime"), ("Completed At", "completionTime")):
        if status.get(key):
            sheet.fact(title, moment(status[key]))
    counts = [text(status.get(key, 0)) for key in ("active", "ready", "succeeded", "failed")]
    names = ("Active", "Ready", "Succeeded", "Failed")
    said = " / ".join(
        f"{count} {'(ready)' if name == 'Ready' else name}" for count, name in zip(counts, names, strict=True)
    )
    sheet.fact("Pods Statuses", said)
    _template(sheet, part(spec, "template"))
    condition_facts(sheet, status)


def cron_job_facts(sheet: Sheet, found: Json) -> None:
    """Add the facts of a CronJob."""
    spec, status = part(found, "spec"), part(found, "status")
    head_facts(sheet, found)
    sheet.fact("Schedule", spec.get("schedule"))
    if spec.get("timeZone"):
        sheet.fact("Time Zone", spec["timeZone"])
    sheet.fact("Concurrency Policy", spec.get("concurrencyPolicy") or "Allow")
    sheet.fact("Suspend", "True" if spec.get("suspend") else "False")
    sheet.fact("Successful Job History Limit", spec.get("successfulJobsHistoryLimit", 3))
    sheet.fact("Failed Job History Limit", spec.get("failedJobsHistoryLimit", 1))
    sheet.fact("Starting Deadline Seconds", f"{text(spec.get('startingDeadlineSeconds', '<unset>'))}")
    _template(sheet, part(spec, "jobTemplate", "spec", "template"))
    sheet.fact("Last Schedule Time", moment(status.get("lastScheduleTime")))
    sheet.fact("Active Jobs", ", ".join(text(one.get("name")) for one in rows(status, "active")) or NONE)

"""The Job controller: pods until enough have succeeded, or too many have failed.

Left out: Indexed completion, pod failure policies, and the finalizer that keeps ended pods until they are counted.
"""

from __future__ import annotations

from typing import Any

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import PODS, create_pod, is_active, is_ready, pod_from, seconds_of
from spottui.sim.controllers_work import Work
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import resource
from spottui.sim.status import ApiError
from spottui.sim.story_clock import StoryClock

JOBS = resource("jobs", "batch")
BACK_OFF, LONGEST_BACK_OFF = 10.0, 600.0
LABELS = ("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name")


class Jobs:
    """Runs each Job to its end."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index
        self.recorder = Recorder(objects, clock, "job-controller")
        self._started: dict[str, float] = {}
        self._failed_at: dict[str, tuple[int, float]] = {}
        """UID -> failures counted and when the last one was: new pods wait for the back-off."""

    def look(self, namespace: str, name: str) -> None:
        """Bring one Job closer to its end."""
        one = self._objects.find(JOBS, namespace, name)
        if one is None or "deletionTimestamp" in one["metadata"]:
            return
        if finished(one):
            self._expire(one)
            return
        one = self._prepared(one)
        status = one.get("status") or {}
        pods = self._index.controlled(one["metadata"]["uid"])
        active = [pod for pod in pods if is_active(pod)]
        succeeded = sum((pod.get("status") or {}).get("phase") == "Succeeded" for pod in pods)
        failed = sum((pod.get("status") or {}).get("phase") == "Failed" for pod in pods)
        succeeded, failed = max(succeeded, status.get("succeeded", 0)), max(failed, status.get("failed", 0))
        end = self._end(one, pods, active, succeeded, failed)
        if one["spec"].get("suspend") or end:
            for pod in active:
                self._objects.delete(PODS, namespace, pod["metadata"]["name"])
                self.recorder.record(one, JOBS, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
            active = []
        else:
            active = self._fill(one, active, succeeded, failed)
        self._tell(one, active, succeeded, failed, end)

    def _prepared(self, one: Object) -> Object:
        """Give a new Job its selector, its labels and its start time, as admission and the controller would."""
        uid, name = one["metadata"]["uid"], one["metadata"]["name"]
        spec, status = one["spec"], one.get("status") or {}
        template = spec["template"]
        labels = (template.get("metadata") or {}).get("labels") or {}
        is_ready_made = all(label in labels for label in LABELS) and "selector" in spec
        is_suspended = bool(spec.get("suspend"))
        if is_ready_made and ("startTime" in status or is_suspended):
            return one
        more = {LABELS[0]: uid, LABELS[1]: name, LABELS[2]: uid, LABELS[3]: name}
        spec = {"parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": False, **spec}
        if "parallelism" not in one["spec"] and "completions" not in one["spec"]:
            spec["completions"] = 1
        spec["selector"] = spec.get("selector") or {"matchLabels": {LABELS[0]: uid}}
        meta = {**(template.get("metadata") or {}), "labels": {**labels, **more}}
        spec["template"] = {"metadata": meta, "spec": {"restartPolicy": "Never", **template["spec"]}}
        if not is_suspended:
            status = {**status, "startTime": rfc3339(self._objects.wall())}
            self._started[uid] = self._clock.now()
        return self._objects.put(JOBS, {**one, "spec": spec, "status": status})

    def _end(
        self, one: Object, pods: list[Object], active: list[Object], succeeded: int, failed: int
    ) -> tuple[str, str, str] | None:
        """Return type, reason and message of the condition that ends the Job now."""
        spec = one["spec"]
        wanted = spec.get("completions")
        restarts = sum(
            container.get("restartCount", 0)
            for pod in active
            if pod["spec"].get("restartPolicy") == "OnFailure"
            for container in (pod.get("status") or {}).get("containerStatuses") or ()
        )
        limit = spec.get("backoffLimit", 6)
        if failed > limit or (restarts and restarts >= max(1, limit)):
            return "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"
        deadline = spec.get("activeDeadlineSeconds")
        if deadline is not None and one["metadata"]["uid"] in self._started:
            left = self._started[one["metadata"]["uid"]] + deadline - self._clock.now()
            if left <= 0:
                return "Failed", "DeadlineExceeded", "Job was active longer than specified deadline"
            self._again(one, left)
        if wanted is None:
            is_done = succeeded > 0 and not active
        else:
            is_done = succeeded >= wanted
        return ("Complete", "CompletionsReached", "Reached expected number of succeeded pods") if is_done else None

    def _fill(self, one: Object, active: list[Object], succeeded: int, failed: int) -> list[Object]:
        spec, meta = one["spec"], one["metadata"]
        wanted = spec.get("parallelism", 1)
        if spec.get("completions") is not None:
            wanted = min(wanted, spec["completions"] - succeeded)
        elif succeeded:
            wanted = len(active)
        for pod in active[wanted:] if wanted >= 0 else active:
            self._objects.delete(PODS, meta["namespace"], pod["metadata"]["name"])
            self.recorder.record(one, JOBS, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
        active = active[: max(0, wanted)]
        wait = self._wait(meta["uid"], failed)
        if wait > 0 and len(active) < wanted:
            self._again(one, wait)
            return active
        while len(active) < wanted:
            try:
                made = create_pod(self._objects, pod_from(spec["template"], one, JOBS))
            except ApiError as error:
                said = f"Error creating: {error.message}"
                self.recorder.record(one, JOBS, "FailedCreate", said, warning=True)
                self._again(one, BACK_OFF)
                break
            self.recorder.record(one, JOBS, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
            active.append(made)
        return active

    def _wait(self, uid: str, failed: int) -> float:
        """Return how long the next pod waits after failures: 10 s, 20 s, 40 s ... from the last one."""
        if not failed:
            return 0.0
        known, since = self._failed_at.get(uid, (0, 0.0))
        if failed > known:
            known, since = failed, self._clock.now()
            self._failed_at[uid] = (failed, since)
        return since + min(LONGEST_BACK_OFF, BACK_OFF * 2 ** (known - 1)) - self._clock.now()

    def _tell(
        self, one: Object, active: list[Object], succeeded: int, failed: int, end: tuple[str, str, str] | None
    ) -> None:
        old, now = one.get("status") or {}, rfc3339(self._objects.wall())
        counts = {"active": len(active), "ready": sum(is_ready(pod) for pod in active), "terminating": 0}
        counts.update(succeeded=succeeded, failed=failed)
        kept = {name: old[name] for name in ("startTime", "completionTime", "conditions") if name in old}
        status: dict[str, Any] = {
            **kept,
            **{name: count for name, count in counts.items() if count or name in ("ready", "terminating")},
            "uncountedTerminatedPods": {},
        }
        if end:
            type_, reason, message = end
            first = "SuccessCriteriaMet" if type_ == "Complete" else "FailureTarget"
            status["conditions"] = [_condition(name, reason, message, now) for name in (first, type_)]
            if type_ == "Complete":
                status["completionTime"] = now
            self.recorder.record(
                one,
                JOBS,
                "Completed" if type_ == "Complete" else reason,
                "Job completed" if type_ == "Complete" else message,
                warning=type_ != "Complete",
            )
        elif one["spec"].get("suspend") and not _is_suspended(old):
            status["conditions"] = [_condition("Suspended", "JobSuspended", "Job suspended", now)]
            status.pop("startTime", None)
            self.recorder.record(one, JOBS, "Suspended", "Job suspended")
        elif not one["spec"].get("suspend") and _is_suspended(old):
            status["conditions"] = [{**_condition("Suspended", "JobResumed", "Job resumed", now), "status": "False"}]
            self.recorder.record(one, JOBS, "Resumed", "Job resumed")
        if status != old:
            one = self._objects.replace(JOBS, {**one, "status": status})
        if end:
            self._expire(one)

    def _again(self, one: Object, seconds: float) -> None:
        meta = one["metadata"]
        self._clock.call_later(seconds, lambda: self._work.add(self.look, meta["namespace"], meta["name"]))

    def _expire(self, one: Object) -> None:
        """Delete an ended Job when its ttlSecondsAfterFinished is over."""
        ttl, meta = one["spec"].get("ttlSecondsAfterFinished"), one["metadata"]
        if ttl is None or meta["uid"] + "/ttl" in self._started:
            return
        self._started[meta["uid"] + "/ttl"] = self._clock.now()

        def go() -> None:
            found = self._objects.find(JOBS, meta["namespace"], meta["name"])
            if found is not None and found["metadata"]["uid"] == meta["uid"]:
                self._objects.delete(JOBS, meta["namespace"], meta["name"])

        self._clock.call_later(ttl, go)

    def forget(self, uid: str) -> None:
        """Forget a Job that is gone."""
        self._failed_at.pop(uid, None)
        self._started.pop(uid, None)
        self._started.pop(uid + "/ttl", None)


def _condition(type_: str, reason: str, message: str, now: str) -> Object:
    times = {"lastProbeTime": now, "lastTransitionTime": now}
    return {"type": type_, "status": "True", **times, "reason": reason, "message": message}


def _is_suspended(status: Object) -> bool:
    return any(one["type"] == "Suspended" and one["status"] == "True" for one in status.get("conditions") or ())


def finished(job: Object) -> str:
    """Return "Complete" or "Failed" of a Job that has ended, else nothing."""
    for one in (job.get("status") or {}).get("conditions") or ():
        if one["type"] in ("Complete", "Failed") and one["status"] == "True":
            return one["type"]
    return ""


def finished_at(job: Object) -> float:
    """Return when an ended Job ended, in seconds since the epoch."""
    return max(seconds_of(one["lastTransitionTime"]) for one in job["status"]["conditions"])

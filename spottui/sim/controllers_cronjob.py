"""The CronJob controller: a Job whenever the schedule says so. The schedule runs by the story's time of day."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_job import JOBS, finished, finished_at
from spottui.sim.controllers_pods import owner_reference
from spottui.sim.controllers_work import Work
from spottui.sim.objects import Object, Objects, copy_of, rfc3339
from spottui.sim.resources import resource
from spottui.sim.story_clock import StoryClock

CRON_JOBS = resource("cronjobs", "batch")
LOG = logging.getLogger(__name__)
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


class CronJobs:
    """Starts the Jobs of each CronJob and keeps its history."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index
        self.recorder = Recorder(objects, clock, "cronjob-controller")
        self._offset = objects.wall() - clock.now()
        """What makes a time of day of the story's seconds."""
        self._due: dict[str, tuple[str, float]] = {}
        """UID -> schedule and the story's time of day of its next Job."""

    def look(self, namespace: str, name: str) -> None:
        """Bring one CronJob up to date, and start its Job when it is due."""
        one = self._objects.find(CRON_JOBS, namespace, name)
        if one is None or "deletionTimestamp" in one["metadata"]:
            return
        jobs = self._index.controlled(one["metadata"]["uid"], JOBS)
        for job in jobs:
            self._saw(one, job)
        self._prune(one, jobs)
        jobs = self._index.controlled(one["metadata"]["uid"], JOBS)
        started = None if one["spec"].get("suspend") else self._start_if_due(one, jobs)
        self._tell(one, self._index.controlled(one["metadata"]["uid"], JOBS), started)

    def _saw(self, one: Object, job: Object) -> None:
        ended = finished(job)
        active = {each.get("uid") for each in (one.get("status") or {}).get("active") or ()}
        if ended and job["metadata"]["uid"] in active:
            said = f"Saw completed job: {job['metadata']['name']}, condition: {ended}"
            self.recorder.record(one, CRON_JOBS, "SawCompletedJob", said)

    def _prune(self, one: Object, jobs: list[Object]) -> None:
        limits = {"Complete": ("successfulJobsHistoryLimit", 3), "Failed": ("failedJobsHistoryLimit", 1)}
        for ended, (field, default) in limits.items():
            limit = one["spec"].get(field, default)
            old = sorted((job for job in jobs if finished(job) == ended), key=finished_at)
            for job in old[: max(0, len(old) - limit)]:
                self._objects.delete(JOBS, job["metadata"]["namespace"], job["metadata"]["name"])
                self.recorder.record(one, CRON_JOBS, "SuccessfulDelete", f"Deleted job {job['metadata']['name']}")

    def _start_if_due(self, one: Object, jobs: list[Object]) -> Object | None:
        spec, meta = one["spec"], one["metadata"]
        now = self._offset + self._clock.now()
        known, due = self._due.get(meta["uid"], ("", 0.0))
        schedule = f"{spec['schedule']} {spec.get('timeZone', '')}"
        if known != schedule:
            due = self._next(one, now)
            self._wait(one, schedule, due, now)
            return None
        if now < due - 1e-3:
            return None
        made = self._start(one, jobs, due)
        self._wait(one, schedule, self._next(one, now), now)
        return made

    def _wait(self, one: Object, schedule: str, due: float, now: float) -> None:
        meta = one["metadata"]
        self._due[meta["uid"]] = (schedule, due)
        if due:
            self._clock.call_later(due - now, lambda: self._work.add(self.look, meta["namespace"], meta["name"]))

    def _next(self, one: Object, after: float) -> float:
        """Return the story's time of day of the next Job, 0 when the schedule cannot be read."""
        spec = one["spec"]
        text = str(spec["schedule"]).strip()
        try:
            if text.startswith("@every "):
                raise CronSimError("@every is not read")
            zone = ZoneInfo(spec["timeZone"]) if spec.get("timeZone") else UTC
            start = datetime.fromtimestamp(after, zone)
            found = next(CronSim(_MACROS.get(text, text), start))
            if found <= start:
                found += timedelta(minutes=1)
            return found.timestamp()
        except (CronSimError, ZoneInfoNotFoundError, ValueError, StopIteration) as error:
            said = f'unparseable schedule: "{text}" : {error}'
            self.recorder.record(one, CRON_JOBS, "UnparseableSchedule", said, warning=True)
            return 0.0

    def _start(self, one: Object, jobs: list[Object], due: float) -> Object | None:
        spec, meta = one["spec"], one["metadata"]
        active = [job for job in jobs if not finished(job)]
        policy = spec.get("concurrencyPolicy", "Allow")
        if active and policy == "Forbid":
            said = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self.recorder.record(one, CRON_JOBS, "JobAlreadyActive", said)
            return None
        for job in active if policy == "Replace" else ():
            self._objects.delete(JOBS, meta["namespace"], job["metadata"]["name"])
            self.recorder.record(one, CRON_JOBS, "SuccessfulDelete", f"Deleted job {job['metadata']['name']}")
        template = copy_of(spec["jobTemplate"])
        name = f"{meta['name']}-{int(due // 60)}"
        if self._objects.find(JOBS, meta["namespace"], name) is not None:
            return None
        annotations = {**((template.get("metadata") or {}).get("annotations") or {})}
        annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] = rfc3339(due)
        made_meta = {**(template.get("metadata") or {}), "name": name, "namespace": meta["namespace"]}
        made_meta.update(annotations=annotations, ownerReferences=[owner_reference(one, CRON_JOBS)])
        made = self._objects.create(JOBS, {"metadata": made_meta, "spec": template["spec"], "status": {}})
        self.recorder.record(one, CRON_JOBS, "SuccessfulCreate", f"Created job {name}")
        return made

    def _tell(self, one: Object, jobs: list[Object], started: Object | None) -> None:
        old = one.get("status") or {}
        status = {name: old[name] for name in ("lastScheduleTime", "lastSuccessfulTime") if name in old}
        active = [_reference(job) for job in jobs if not finished(job)]
        if active:
            status["active"] = active
        if started is not None:
            status["lastScheduleTime"] = rfc3339(self._objects.wall())
        done = [finished_at(job) for job in jobs if finished(job) == "Complete"]
        if done:
            status["lastSuccessfulTime"] = rfc3339(max(done))
        if status != old:
            self._objects.replace(CRON_JOBS, {**one, "status": status})

    def forget(self, uid: str) -> None:
        """Forget a CronJob that is gone."""
        self._due.pop(uid, None)


def _reference(job: Object) -> Object:
    meta = job["metadata"]
    found = {"kind": "Job", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
    return {**found, "apiVersion": "batch/v1", "resourceVersion": meta["resourceVersion"]}

"""The commands on Jobs and CronJobs."""

from __future__ import annotations

from spottui.actions import cronjobs, jobs
from spottui.actions.action import Action, Permission, Weight, needs, sentence
from spottui.records import Target


def _creates_jobs(target: Target) -> Permission:
    return Permission("create", "batch", "jobs")


JOB_ACTIONS: tuple[Action, ...] = (
    Action(
        id="cronjob.trigger",
        title="Trigger now",
        verb="trigger",
        past="triggered",
        kinds=("CronJob",),
        permission=_creates_jobs,
        weight=Weight.ASK,
        timeout=60,
        help="A Job of its template is made now; its schedule stays as it is.",
        describe=sentence("Trigger"),
        run=cronjobs.trigger,
        preview=cronjobs.preview_trigger,
    ),
    Action(
        id="cronjob.suspend",
        title="Suspend",
        verb="suspend",
        past="suspended",
        kinds=("CronJob",),
        permission=needs("patch"),
        weight=Weight.ASK,
        is_set_back=True,
        timeout=30,
        help="Its schedule makes no new Jobs until it is resumed.",
        describe=sentence("Suspend"),
        run=cronjobs.suspend,
        preview=cronjobs.preview_suspend,
    ),
    Action(
        id="cronjob.resume",
        title="Resume",
        verb="resume",
        past="resumed",
        kinds=("CronJob",),
        permission=needs("patch"),
        weight=Weight.ASK,
        is_set_back=True,
        timeout=30,
        help="Its schedule makes Jobs again.",
        describe=sentence("Resume"),
        run=cronjobs.resume,
        preview=cronjobs.preview_resume,
    ),
    Action(
        id="job.rerun",
        title="Run again",
        verb="rerun",
        past="run again",
        kinds=("Job",),
        permission=_creates_jobs,
        weight=Weight.ASK,
        timeout=60,
        help="A new Job of the same spec is made.",
        describe=sentence("Run once more"),
        run=jobs.rerun,
        preview=jobs.preview_rerun,
    ),
)

"""Restarts a Deployment, StatefulSet or DaemonSet as `kubectl rollout restart` does, and watches it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spottui.actions.objects import PASSING, Object, fetch, guarded, metadata, part, patch
from spottui.actions.pod_trouble import creation_refused, newest_pod_trouble
from spottui.actions.rollout import Rollout, judge, refused
from spottui.actions.services import Options, Services, Unfinished
from spottui.clock import parse_time, rfc3339
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
WATCHED_FOR = 60.0
"""Seconds that a rollout is watched before we say how far it is."""
JUST_NOW = 60.0
"""Seconds by which an earlier mark may be ahead of our clock and still be counted on from."""
REFUSED_FOR = 8.0
"""Seconds that "no pod can be made" must stand before it is believed: a quota, for one, can pass."""


@dataclass(frozen=True)
class Words:
    """How sentences call a change that is rolled out."""

    what: str
    """"Restart", as in "Restart of perception asked"."""
    past: str
    """"restarted"."""
    zero: str
    """Of a workload that wants no pods: "marked as restarted"."""


RESTART = Words("Restart", "restarted", "marked as restarted")


async def preview_restart(services: Services, target: Target, options: Options) -> str:
    """Say nothing, or why a restart would come to nothing.

    Raises:
        SpottuiError: It cannot be restarted; NotFound when it is another one now.
    """
    workload = await fetch(services, target)
    _check(workload, target)
    if part(workload, "spec").get("replicas") == 0:
        return "It wants 0 pods now, so nothing runs that could restart."
    return ""


async def restart(services: Services, target: Target, options: Options) -> str:
    """Mark the pod template as restarted now, then watch until the rollout is complete.

    Raises:
        SpottuiError: It was refused, or no new pod can be made; OutcomeUnknown when nothing could be read back.
    """

    async def mark() -> Object:
        workload = await fetch(services, target)
        _check(workload, target)
        return await patch(services, target, _mark(workload, services.clock()), STRATEGIC)

    asked_at = services.clock()
    await guarded(mark, target)
    services.say(f"Restart of {target.name} accepted; watching its pods.")
    return await watch_rollout(services, target, asked_at, RESTART)


def _check(workload: Object, target: Target) -> None:
    """Refuse what would come to nothing."""
    spec = part(workload, "spec")
    if spec.get("paused") is True:
        raise SpottuiError(f"{target} is paused and cannot be restarted: resume its rollout first.")
    strategy = part(spec, "updateStrategy").get("type")
    if strategy == "OnDelete":
        raise SpottuiError(
            f"{target} has the update strategy OnDelete: a restart would change nothing until its pods are "
            "deleted. Restart its pods one by one instead."
        )


def _mark(workload: Object, now: float) -> Object:
    before = part(workload, "spec", "template", "metadata", "annotations").get(RESTARTED_AT)
    last = parse_time(before) if isinstance(before, str) else None
    # The mark counts whole seconds: the same text twice would restart nothing.
    is_just_now = last is not None and 0 <= last - int(now) < JUST_NOW
    moment = last + 1 if last is not None and is_just_now else now
    meta = metadata(workload)
    return {
        "metadata": {"uid": meta.get("uid"), "resourceVersion": meta.get("resourceVersion")},
        "spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: rfc3339(moment)}}}},
    }


async def watch_rollout(services: Services, target: Target, asked_at: float, words: Words) -> str:
    """Read the workload until its rollout ends or our patience does, and say what was seen.

    Raises:
        SpottuiError: The rollout failed, or the workload is gone; OutcomeUnknown when nothing could be read back.
    """
    seen: Object | None = None
    lost, refused_since = "", None
    for pause in pauses():
        await services.sleep(pause)
        now = services.clock()
        try:
            seen, lost = await fetch(services, target), ""
        except PASSING as error:
            lost = str(error)
        except NotFound as error:
            raise SpottuiError(f"{target} was deleted while it was {words.past}.") from error
        if seen is not None and not lost:
            rollout = judge(seen)
            if rollout.state == "done":
                return _finished(target, rollout, services.clock() - asked_at, words)
            if rollout.state == "failed":
                raise SpottuiError(await _failed(services, target, seen, rollout, words))
            refused_since = (refused_since or now) if refused(seen) else None
            if refused_since is not None and now - refused_since >= REFUSED_FOR:
                raise SpottuiError(f"{words.what} of {target.name} asked, but no new pod can be made: {refused(seen)}.")
            services.progress(f"{target.name}: {rollout.new} of {rollout.wanted} pods are new.")
        if now - asked_at >= WATCHED_FOR:
            break
    if seen is None:
        raise OutcomeUnknown(f"{words.what} of {target.name} was accepted, but nothing was read back. {lost}")
    return await _unfinished(services, target, seen, services.clock() - asked_at, lost, words)


def _finished(target: Target, rollout: Rollout, seconds: float, words: Words) -> str:
    if not rollout.wanted:
        return f"{target.name}: {words.zero}; it wants 0 pods, so nothing runs."
    note = f"; {rollout.why}" if rollout.why else ""
    count = f"{rollout.new} of {rollout.wanted} pods are new after {seconds:.0f} s"
    return f"{target.name}: {words.past}, {count}{note}."


async def _failed(services: Services, target: Target, seen: Object, rollout: Rollout, words: Words) -> str:
    why = refused(seen) or await newest_pod_trouble(services, seen)
    return f"{words.what} of {target.name} failed: {rollout.why}{f'; {why}' if why else ''}."


async def _unfinished(
    services: Services, target: Target, seen: Object, seconds: float, lost: str, words: Words
) -> Unfinished:
    rollout = judge(seen)
    count = f"{rollout.new} of {rollout.wanted} pods are new after {seconds:.0f} s"
    text = f"{words.what} of {target.name} asked; {count}"
    if lost:
        return Unfinished(f"{text}, as last heard. {lost}")
    why = await newest_pod_trouble(services, seen) or await creation_refused(services, seen) or rollout.why
    return Unfinished(f"{text}; {why}." if why else f"{text}.")


def pauses() -> Iterator[float]:
    """Yield seconds between reads: quick for a small workload, then sparing with the link."""
    pause = 0.5
    while True:
        yield pause
        pause = min(3.0, pause * 1.5)

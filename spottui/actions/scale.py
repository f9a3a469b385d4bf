"""Sets how many pods a workload wants; stop and start are zero and back, with the count remembered."""

from __future__ import annotations

from typing import Literal

from spottui.actions.argocd_owner import taken_back
from spottui.actions.forms import Field
from spottui.actions.objects import (
    PASSING,
    Object,
    controller,
    fetch,
    guarded,
    metadata,
    number,
    part,
    patch,
    path_of,
    read,
    stamped,
    uid_of,
)
from spottui.actions.pod_trouble import creation_refused, newest_pod_trouble
from spottui.actions.rollout import Rollout, refused
from spottui.actions.services import Options, Services, Unfinished
from spottui.actions.workloads import MERGE, pauses
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

BEFORE_STOP = "spottui.dev/replicas-before-stop"
"""Annotation: how many pods a stopped workload wanted; see docs/annotations.md."""
MOST = 1000
WATCHED_FOR = 60.0
"""Seconds that the pods are watched before we say how far it is."""


async def form_scale(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the count."""
    workload = await fetch(services, target)
    now, ready = _wanted(workload), judge(workload).new
    text = f"How many pods shall {target} have? It wants {now} now; {ready} are ready."
    return (Field(name="replicas", text=text, kind="number", value=str(now), most=MOST),)


async def preview_scale(services: Services, target: Target, options: Options) -> str:
    """Say what the new count means.

    Raises:
        SpottuiError: It wants that many already; NotFound when it is another one now.
    """
    count = count_of(options)
    workload = await fetch(services, target)
    now = _wanted(workload)
    if count == now:
        raise SpottuiError(f"{target} wants {_pods(now)} already. Nothing was sent.")
    notes = [f"It wants {now} now.", _owned(workload)]
    if count == 0:
        notes.append("Nothing of it will run. Stop (in the menu) does the same and remembers the count.")
    return _joined(*notes, await taken_back(services, workload))


async def scale(services: Services, target: Target, options: Options) -> str:
    """Set `options["replicas"]` by the scale subresource, then watch until the pods are ready.

    Raises:
        SpottuiError: It was refused, or no pod can be made; OutcomeUnknown when nothing could be read back.
    """
    count = count_of(options)

    async def change() -> Object:
        found = await read(services.api, f"{path_of(target)}/scale")
        if uid_of(found) != target.uid:
            await fetch(services, target)  # says that it is another one now
        body = {"metadata": stamped(found), "spec": {"replicas": count}}
        return await patch(services, target, body, MERGE, "scale")

    asked_at = services.clock()
    await guarded(change, target)
    return await _watch(services, target, asked_at, f"scaled to {count}")


async def preview_stop(services: Services, target: Target, options: Options) -> str:
    """Say how many pods end, and what brings them back.

    Raises:
        SpottuiError: It wants no pods already.
    """
    workload = await fetch(services, target)
    now = _wanted(workload)
    if now == 0:
        raise SpottuiError(f"{target} is stopped already: it wants no pods. Nothing was sent.")
    return _joined(
        f"It wants {now} now; Start brings them back.", _owned(workload), await taken_back(services, workload)
    )


async def stop(services: Services, target: Target, options: Options) -> str:
    """Scale to zero and remember the count, in one write."""

    async def change() -> Object:
        workload = await fetch(services, target)
        annotations = {BEFORE_STOP: str(_wanted(workload))} if _wanted(workload) else {}
        body = {"metadata": stamped(workload, annotations=annotations), "spec": {"replicas": 0}}
        return await patch(services, target, body, MERGE)

    asked_at = services.clock()
    await guarded(change, target)
    return await _watch(services, target, asked_at, "stopped")


async def form_start(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the count only when none is remembered."""
    workload = await fetch(services, target)
    if _wanted(workload) or remembered(workload):
        return ()
    text = f"How many pods shall {target} have? How many it had before is not remembered."
    return (Field(name="replicas", text=text, kind="number", value="1", least=1, most=MOST),)


async def preview_start(services: Services, target: Target, options: Options) -> str:
    """Say how many pods come.

    Raises:
        SpottuiError: It wants pods already.
    """
    workload = await fetch(services, target)
    if _wanted(workload):
        raise SpottuiError(f"{target} is not stopped: it wants {_pods(_wanted(workload))}. Nothing was sent.")
    count = _start_count(workload, options)
    return _joined(f"It gets {_pods(count)}.", await taken_back(services, workload))


async def start(services: Services, target: Target, options: Options) -> str:
    """Scale to the remembered count, or to `options["replicas"]`."""

    async def change() -> Object:
        workload = await fetch(services, target)
        if _wanted(workload):
            raise SpottuiError(f"{target} was started meanwhile. Nothing was sent.")
        body = {
            "metadata": stamped(workload, annotations={BEFORE_STOP: None}),
            "spec": {"replicas": _start_count(workload, options)},
        }
        return await patch(services, target, body, MERGE)

    asked_at = services.clock()
    await guarded(change, target)
    return await _watch(services, target, asked_at, "started")


def remembered(workload: Object) -> int | None:
    """Return how many pods it wanted before it was stopped; None when that is not remembered."""
    text = str(part(workload, "metadata", "annotations").get(BEFORE_STOP) or "")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MOST else None


def count_of(options: Options) -> int:
    """Return the count that was asked for.

    Raises:
        SpottuiError: There is none, or it is out of bounds.
    """
    count = options.get("replicas")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MOST:
        raise SpottuiError(f"A count from 0 to {MOST} is needed. Nothing was sent.")
    return count


def judge(workload: Object) -> Rollout:
    """Return how many of the wanted pods are there: no more, no fewer, and ready."""
    spec, status = part(workload, "spec"), part(workload, "status")
    wanted, there = number(spec, "replicas", 1), number(status, "replicas")
    ready = number(status, "availableReplicas" if workload.get("kind") == "Deployment" else "readyReplicas")
    if number(metadata(workload), "generation") > number(status, "observedGeneration"):
        return Rollout("waiting", min(ready, wanted), wanted, "the controller has not taken it up")
    if there > wanted:
        return Rollout("waiting", min(ready, wanted), wanted, f"{_pods(there - wanted)} too many still there")
    state: Literal["waiting", "done"] = "done" if there == wanted and ready >= wanted else "waiting"
    return Rollout(state, ready, wanted)


async def _watch(services: Services, target: Target, asked_at: float, past: str) -> str:
    seen: Object | None = None
    lost = ""
    for pause in pauses():
        await services.sleep(pause)
        try:
            seen, lost = await fetch(services, target), ""
        except PASSING as error:
            lost = str(error)
        except NotFound as error:
            raise SpottuiError(f"{target} was deleted while it was {past}.") from error
        if seen is not None and not lost:
            count = judge(seen)
            if count.state == "done":
                return _finished(target, count, services.clock() - asked_at, past)
            services.progress(f"{target.name}: {count.new} of {count.wanted} pods are ready.")
        if services.clock() - asked_at >= WATCHED_FOR:
            break
    if seen is None:
        raise OutcomeUnknown(f"{target.name} was {past}, but nothing was read back. {lost}")
    return await _unfinished(services, target, seen, past, services.clock() - asked_at, lost)


def _finished(target: Target, count: Rollout, seconds: float, past: str) -> str:
    if not count.wanted:
        return f"{target.name}: {past}; no pod of it is left after {seconds:.0f} s, or is only ending."
    return f"{target.name}: {past}, {count.new} of {count.wanted} pods are ready after {seconds:.0f} s."


async def _unfinished(
    services: Services, target: Target, seen: Object, past: str, seconds: float, lost: str
) -> Unfinished:
    count = judge(seen)
    text = f"{target.name}: {past}; {count.new} of {count.wanted} pods are ready after {seconds:.0f} s"
    if lost:
        return Unfinished(f"{text}, as last heard. {lost}")
    why = count.why or refused(seen) or await newest_pod_trouble(services, seen)
    why = why or await creation_refused(services, seen)
    return Unfinished(f"{text}; {why}." if why else f"{text}.")


def _start_count(workload: Object, options: Options) -> int:
    return count_of(options) if options.get("replicas") is not None else remembered(workload) or 1


def _owned(workload: Object) -> str:
    owner = controller(workload)
    return f"{owner.get('kind')} {owner.get('name')} owns it and sets its own count back." if owner else ""


def _wanted(workload: Object) -> int:
    return number(part(workload, "spec"), "replicas", 1)


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"


def _joined(*notes: str) -> str:
    return " ".join(note for note in notes if note)

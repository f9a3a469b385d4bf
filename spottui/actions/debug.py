"""Adds a debug container to a running pod: tools beside a process whose own image has none."""

from __future__ import annotations

import secrets

from spottui.actions.forms import Field, Pick
from spottui.actions.images import wrong
from spottui.actions.jobs import LETTERS
from spottui.actions.objects import PASSING, Object, fetch, guarded, part, patch, rows, said, stamped
from spottui.actions.services import Options, Services, Unfinished
from spottui.actions.workloads import STRATEGIC
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

IMAGE = "busybox"
SUBRESOURCE = "ephemeralcontainers"
WATCHED_FOR = 60.0
"""Seconds; the image may have to come through a slow link."""
PAUSE = 1.0


async def form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask whose processes it shall see, and for the image.

    Raises:
        SpottuiError: The pod does not run.
    """
    pod = await fetch(services, target)
    _check(pod, target)
    names = [str(one.get("name")) for one in rows(part(pod, "spec"), "containers")]
    image = Field(name="image", text="Which image has the tools?", value=IMAGE, check=_wrong)
    if len(names) == 1:
        return (image,)
    picks = tuple(Pick(name, name) for name in names)
    return (Field(name="container", text="Whose processes shall it see?", kind="choice", picks=picks), image)


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say what stays behind.

    Raises:
        SpottuiError: The pod does not run, or has no such container.
    """
    pod = await fetch(services, target)
    _check(pod, target)
    container = _container(pod, target, options)
    return (
        f"It runs {_image(options)} beside {container} and sees its processes; the image is pulled unless the node has "
        "it. It cannot be taken out again: it stays until the pod goes."
    )


async def debug(services: Services, target: Target, options: Options) -> str:
    """Add the container and wait until it runs; options: image, container (the target).

    Raises:
        SpottuiError: It was refused; OutcomeUnknown when nothing could be read back.
    """
    name = "debugger-" + "".join(secrets.choice(LETTERS) for _ in range(5))

    async def change() -> Object:
        pod = await fetch(services, target)
        _check(pod, target)
        added = {
            "name": name,
            "image": _image(options),
            "targetContainerName": _container(pod, target, options),
            "stdin": True,
            "tty": True,
            "terminationMessagePolicy": "File",
        }
        body = {"metadata": stamped(pod), "spec": {"ephemeralContainers": [added]}}
        return await patch(services, target, body, STRATEGIC, SUBRESOURCE)

    asked_at = services.clock()
    await guarded(change, target)
    return await _watch(services, target, name, asked_at)


async def _watch(services: Services, target: Target, name: str, asked_at: float) -> str:
    seen: Object | None = None
    lost = ""
    while services.clock() - asked_at < WATCHED_FOR:
        try:
            seen, lost = await fetch(services, target), ""
        except PASSING as error:
            lost = str(error)
        except NotFound as error:
            raise SpottuiError(f"{target} went away while its debug container was started.") from error
        state = _state(seen, name)
        if part(state, "running") and not lost:
            return f"{target.name}: {name} runs; open a shell (s) and choose {name}."
        if ended := part(state, "terminated"):
            raise SpottuiError(f"{target.name}: {name} ended at once with exit code {ended.get('exitCode')}.")
        services.progress(f"{target.name}: {name} {_waits(state) or 'is not reported yet'}.")
        await services.sleep(PAUSE)
    if seen is None:
        raise OutcomeUnknown(f"{target.name}: {name} was added, but nothing was read back. {lost}")
    why = _waits(_state(seen, name)) or lost or "the kubelet has not reported it"
    return Unfinished(f"{target.name}: {name} was added but does not run after {WATCHED_FOR:.0f} s: {why.rstrip('.')}.")


def _state(pod: Object | None, name: str) -> Object:
    found = rows(part(pod or {}, "status"), "ephemeralContainerStatuses")
    return next((part(one, "state") for one in found if one.get("name") == name), {})


def _waits(state: Object) -> str:
    waiting = part(state, "waiting")
    message = said(waiting.get("message"), 200)
    return f"{said(waiting.get('reason'))}{f' ({message})' if message else ''}" if waiting else ""


def _check(pod: Object, target: Target) -> None:
    phase = part(pod, "status").get("phase")
    if phase != "Running":
        raise SpottuiError(f"{target} is {said(phase) or 'not started'}: only a running pod takes a debug container.")


def _container(pod: Object, target: Target, options: Options) -> str:
    names = [str(one.get("name")) for one in rows(part(pod, "spec"), "containers")]
    wanted = str(options.get("container") or (names[0] if names else ""))
    if wanted not in names:
        raise SpottuiError(f"{target} has no container {wanted}; it has {', '.join(names)}.")
    return wanted


def _image(options: Options) -> str:
    image = str(options.get("image") or IMAGE).strip()
    if _wrong(image):
        raise SpottuiError(f'"{said(image)}" is no image. Nothing was sent.')
    return image


def _wrong(text: str) -> str:
    return "A whole image reference is needed here." if text[:1] in (":", "@") else wrong(text)

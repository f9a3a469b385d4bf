"""Sets the image of one container of a workload, as `kubectl set image` does, and watches the rollout."""

from __future__ import annotations

import re

from spottui.actions.argocd_owner import taken_back
from spottui.actions.forms import Field, Pick
from spottui.actions.objects import Object, fetch, guarded, part, patch, rows, said, stamped
from spottui.actions.services import Options, Services
from spottui.actions.workloads import STRATEGIC, Words, watch_rollout
from spottui.errors import SpottuiError
from spottui.records import Target

SET = Words("The new image", "changed to the new image", "its image is set")

_REFERENCE = re.compile(
    r"(?P<name>(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)"
    r"(?P<tag>:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?P<digest>@sha256:[0-9a-f]{64})?"
)
_ENDING = re.compile(r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?")


async def form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the container, when there are several, and for the image."""
    images = images_of(await fetch(services, target))
    names = list(images)
    image = Field(
        name="image",
        text=f"Which image for {target}? A whole reference, or :tag or @sha256:… of the same one.",
        value=images[names[0]] if names else "",
        value_of=lambda options: images.get(str(options.get("container")), images[names[0]]),
        check=wrong,
    )
    if len(names) == 1:
        return (image,)
    picks = tuple(Pick(name, name, images[name]) for name in names)
    return (Field(name="container", text=f"Which container of {target}?", kind="choice", picks=picks), image)


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say the image before and after, in full, and whether a digest is lost.

    Raises:
        SpottuiError: There is no such container, the image is none, or it has it already.
    """
    workload = await fetch(services, target)
    container, before, after = _change(workload, target, options)
    notes = [f"Container {container}: {said(before)} becomes {after}."]
    if "@sha256:" in before and "@sha256:" not in after:
        notes.append("It was pinned by a digest; the new one is not, so what the tag means may change.")
    if part(workload, "spec").get("paused") is True:
        notes.append("Its rollout is paused: nothing changes until it is resumed.")
    return " ".join([*notes, await taken_back(services, workload)]).strip()


async def set_image(services: Services, target: Target, options: Options) -> str:
    """Set `options["image"]` in `options["container"]` (its only one by default), then watch the rollout.

    Raises:
        SpottuiError: As `preview`; or the rollout failed.
    """

    async def change() -> Object:
        workload = await fetch(services, target)
        return await patch(services, target, _patch(workload, target, options), STRATEGIC)

    asked_at = services.clock()
    made = await guarded(change, target)
    container = str(options.get("container") or next(iter(images_of(made)), ""))
    now = images_of(made).get(container, "")
    if target.kind == "CronJob":
        return f"{target.name}: its next Job runs {container} with {said(now)}."
    if part(made, "spec").get("paused") is True:
        return (
            f"{target.name}: the image of {container} is {said(now)}; it is rolled out when {target.name} is resumed."
        )
    return await watch_rollout(services, target, asked_at, SET)


def images_of(workload: Object) -> dict[str, str]:
    """Return the image of each container, init containers last."""
    spec = _pod_spec(workload)
    found = rows(spec, "containers") + rows(spec, "initContainers")
    return {str(one.get("name")): str(one.get("image") or "") for one in found}


def wrong(text: str) -> str:
    """Return what is wrong with a typed image; empty when it is a reference, or the end of one."""
    if _REFERENCE.fullmatch(text) or (text[0] in ":@" and _ENDING.fullmatch(text)):
        return ""
    return "This is no image: it looks like registry/name:tag, :tag or @sha256: with 64 hex digits."


def resolved(before: str, typed: str) -> str:
    """Return the whole reference: ":tag" and "@sha256:..." keep the name; a digest that was typed stays."""
    if typed[:1] not in (":", "@"):
        return typed
    known = _REFERENCE.fullmatch(before)
    return f"{known['name'] if known else before.partition('@')[0]}{typed}"


def _change(workload: Object, target: Target, options: Options) -> tuple[str, str, str]:
    """Return the container, its image now and the new one."""
    images = images_of(workload)
    container = str(options.get("container") or (next(iter(images)) if len(images) == 1 else ""))
    if container not in images:
        have = ", ".join(images) or "none"
        raise SpottuiError(f"{target} has no container {container or 'that was named'}; it has {have}.")
    typed = str(options.get("image") or "").strip()
    if not typed or wrong(typed):
        raise SpottuiError(f'"{said(typed)}" is no image. Nothing was sent.')
    after = resolved(images[container], typed)
    if after == images[container]:
        raise SpottuiError(f"{container} of {target} has the image {said(after)} already. Nothing was sent.")
    return container, images[container], after


def _patch(workload: Object, target: Target, options: Options) -> Object:
    container, _, after = _change(workload, target, options)
    is_init = all(one.get("name") != container for one in rows(_pod_spec(workload), "containers"))
    kind = "initContainers" if is_init else "containers"
    template: Object = {"template": {"spec": {kind: [{"name": container, "image": after}]}}}
    spec = {"jobTemplate": {"spec": template}} if target.kind == "CronJob" else template
    return {"metadata": stamped(workload), "spec": spec}


def _pod_spec(workload: Object) -> Object:
    spec = part(workload, "spec")
    if workload.get("kind") == "CronJob":
        spec = part(spec, "jobTemplate", "spec")
    return part(spec, "template", "spec")

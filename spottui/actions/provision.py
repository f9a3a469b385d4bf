"""Has a node provisioned for WebAssembly by what is there to do it: the runtime-class-manager, or KWasm's operator.

Nothing is installed here: a label asks the first, an annotation the second. Where neither runs, that is said.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from spottui.actions.forms import Field, Pick
from spottui.actions.objects import (
    PASSING,
    Object,
    condition,
    fetch,
    guarded,
    metadata,
    part,
    patch,
    read,
    rows,
    said,
    stamped,
)
from spottui.actions.services import Options, Services, Unfinished
from spottui.actions.workloads import MERGE
from spottui.errors import NotFound, SpottuiError
from spottui.records import Target

SHIMS = "/apis/runtime.spinkube.dev/v1alpha1/shims"
DEPLOYMENTS = "/apis/apps/v1/deployments"
JOBS = "/apis/batch/v1/jobs"
KWASM = "kwasm"
"""The option "shim" for KWasm, which installs all its engines at once; no Shim can be called so by accident:
the form offers it only where its operator runs."""
KWASM_NODE, KWASM_PROVISIONED = "kwasm.sh/kwasm-node", "kwasm.sh/kwasm-provisioned"
KWASM_IMAGE, MANAGER_IMAGE = "kwasm-operator", "runtime-class-manager"
LOOKED_FOR = 90.0
"""Seconds that are waited for the provisioner's word."""
PERIOD = 2.0


async def form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the Shim; those that the node has already are left out.

    Raises:
        SpottuiError: No provisioner runs in this cluster, or there is nothing left to provision.
    """
    node = await fetch(services, target)
    shims = await _shims(services)
    open_ones = [shim for shim in shims if not _is_provisioned(node, shim)]
    picks = [Pick(str(metadata(shim).get("name")), _title(shim), _asked_by(shim)) for shim in open_ones]
    if await _runs(services, KWASM_IMAGE) and KWASM_PROVISIONED not in (metadata(node).get("labels") or {}):
        picks.append(Pick(KWASM, "KWasm: all its engines (retired since 2026)", f"annotation {KWASM_NODE}=true"))
    if not picks:
        raise SpottuiError(_nothing(target, bool(shims)))
    return (Field(name="shim", text=f"For what shall {target} be provisioned?", kind="choice", picks=tuple(picks)),)


def _nothing(target: Target, has_shims: bool) -> str:
    if has_shims:
        return f"{target.name} has every Shim of this cluster already. Nothing was sent."
    return (
        "Nothing here provisions nodes for wasm: there is no Shim of the runtime-class-manager, and KWasm's operator "
        "does not run. Install the runtime-class-manager with a Shim, or the shim on the node by hand."
    )


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say what is put on the node, and what the provisioner will do to it.

    Raises:
        SpottuiError: The Shim is gone, would take nothing, or its manager does not run.
    """
    node = await fetch(services, target)
    if options.get("shim") == KWASM:
        return f"Annotation {KWASM_NODE}=true; KWasm installs its shims and restarts containerd: pods may restart."
    shim = await _shim(services, str(options.get("shim")))
    missing = _missing(node, shim)
    if not missing and _word(node, shim) == "provisioned":
        raise SpottuiError(f"{target.name} has Shim {options.get('shim')} already. Nothing was sent.")
    notes = [f"Label {', '.join(f'{key}={value}' for key, value in missing.items())}." if missing else ""]
    notes.append("Its installer loads the shim from the network and restarts containerd: pods may restart.")
    arch = str(part(node, "status", "nodeInfo").get("architecture") or "")
    if arch and not _fits(shim, arch):
        notes.append(f"This Shim names no source for {arch}: the install will fail.")
    if not await _runs(services, MANAGER_IMAGE):
        notes.append("The runtime-class-manager was not seen running: without it nothing happens.")
    return " ".join(note for note in notes if note)


async def provision(services: Services, target: Target, options: Options) -> str:
    """Put the Shim's labels (or KWasm's annotation) on the node, and wait for the provisioner's word.

    Raises:
        SpottuiError: It was refused, or the provisioner says that it failed.
    """
    chosen = str(options.get("shim"))
    if chosen == KWASM:
        await _write(services, target, {"annotations": {KWASM_NODE: "true"}})
        return await _wait(services, target, "KWasm", lambda node: _kwasm_word(services, target, node))
    shim = await _shim(services, chosen)
    wanted = {str(key): str(value) for key, value in part(shim, "spec", "nodeSelector").items()}
    if not wanted:
        raise SpottuiError(f"Shim {chosen} selects every node already; nothing was sent.")
    await _write(services, target, {"labels": wanted})

    async def word(node: Object) -> str:
        return _word(node, shim)

    return await _wait(services, target, f"Shim {chosen}", word)


async def _write(services: Services, target: Target, fields: Object) -> None:
    (name, wanted), *_ = fields.items()

    async def change() -> Object:
        node = await fetch(services, target)
        return await patch(services, target, {"metadata": stamped(node, **{name: wanted})}, MERGE)

    await guarded(change, target)
    there = metadata(await fetch(services, target)).get(name) or {}
    if any(there.get(key) != value for key, value in wanted.items()):
        raise SpottuiError(f"{target.name}: what was put on it is gone again: somebody set it back at once.")


async def _wait(services: Services, target: Target, what: str, word_of: Callable[[Object], Awaitable[str]]) -> str:
    """Return how it ended; unfinished when the provisioner has said neither by then."""
    until = services.clock() + LOOKED_FOR
    last = ""
    while True:
        try:
            last = await word_of(await fetch(services, target))
        except PASSING as error:
            services.say(f"{target.name}: {said(error)}")
        if last == "provisioned":
            return f"{target.name}: {what} is provisioned; pods that waited for it start by themselves."
        if last.startswith("failed"):
            why = f": {last.partition(': ')[2]}" if ": " in last else "; its Job's logs say why"
            raise SpottuiError(f"{target.name}: provisioning {what} failed{why}.")
        if services.clock() >= until:
            if last:
                return Unfinished(f"{target.name}: {what} is still {last} after {LOOKED_FOR:.0f} s; 4 Wasm follows it.")
            return Unfinished(
                f"{target.name}: asked for {what}, but no provisioner has answered within {LOOKED_FOR:.0f} s: "
                "does it run?"
            )
        await services.sleep(PERIOD)


async def _kwasm_word(services: Services, target: Target, node: Object) -> str:
    """Return what KWasm's label and Job say: the label alone is set before anything is installed."""
    if KWASM_PROVISIONED not in (metadata(node).get("labels") or {}):
        return ""
    name = f"{target.name}-provision-kwasm"[:63]
    for job in rows(await read(services.api, JOBS, (("fieldSelector", f"metadata.name={name}"),)), "items"):
        if metadata(job).get("name") != name:
            continue
        if condition(job, "Failed").get("status") == "True":
            return f"failed: {said(condition(job, 'Failed').get('message'))}"
        if part(job, "status").get("succeeded"):
            return "provisioned"
    return "pending"


def _word(node: Object, shim: Object) -> str:
    """Return the state of a Shim on a node: the label of its name."""
    return str((metadata(node).get("labels") or {}).get(metadata(shim).get("name")) or "")


def _missing(node: Object, shim: Object) -> dict[str, str]:
    labels = metadata(node).get("labels") or {}
    wanted = part(shim, "spec", "nodeSelector")
    return {str(key): str(value) for key, value in wanted.items() if labels.get(key) != value}


def _is_provisioned(node: Object, shim: Object) -> bool:
    return not _missing(node, shim) and _word(node, shim) in ("provisioned", "pending")


async def _shims(services: Services) -> list[Object]:
    try:
        return rows(await read(services.api, SHIMS, (("limit", "200"),)), "items")
    except NotFound:
        return []


async def _shim(services: Services, name: str) -> Object:
    found = next((shim for shim in await _shims(services) if metadata(shim).get("name") == name), None)
    if found is None:
        raise NotFound(f"There is no Shim {name} (any more). Nothing was sent.")
    return found


async def _runs(services: Services, image: str) -> bool:
    """Whether a Deployment with this image has a ready pod; what may not be read counts as not running."""
    try:
        found = rows(await read(services.api, DEPLOYMENTS, (("limit", "500"),)), "items")
    except SpottuiError:
        return False
    return any(
        image in str(container.get("image")) and part(one, "status").get("readyReplicas")
        for one in found
        for container in rows(part(one, "spec", "template", "spec"), "containers")
    )


def _title(shim: Object) -> str:
    runtime = part(shim, "spec", "runtimeClass")
    return f"Shim {metadata(shim).get('name')}: RuntimeClass {runtime.get('name')}, handler {runtime.get('handler')}"


def _asked_by(shim: Object) -> str:
    wanted = part(shim, "spec", "nodeSelector")
    return "label " + ", ".join(f"{key}={value}" for key, value in wanted.items()) if wanted else "every node"


def _fits(shim: Object, arch: str) -> bool:
    """Whether the Shim names a source for this processor; the old form has one archive for all."""
    fetched = part(shim, "spec", "fetchStrategy")
    platforms = rows(fetched, "platforms")
    same = {"arm64": ("arm64", "aarch64"), "amd64": ("amd64", "x86_64")}.get(arch, (arch,))
    return not platforms or any(one.get("arch") in same for one in platforms)

"""What a container of the embedded robot does: the table from images to behaviours, and changes to it in mid-story.

A scenario file writes the fields of `Behaviour` by their names. A container's behaviour is looked up by its image
without registry, tag and digest ("ghcr.io/acme/cam-front:1.4" is "cam-front"), then changed by what was set for its
workload (the pod's controller, for a Deployment's pod the Deployment), then by the pod's annotation
"sim.spottui.dev/behaviour" (a JSON object of fields).
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

ANNOTATION = "sim.spottui.dev/behaviour"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one container lives. Seconds are the story's."""

    pull_seconds: float = 2.0
    """How long its image takes to pull."""
    image_size: int = 84_213_511
    """Bytes, as the event of the pull and the node's list of images tell them."""
    image_error: str = ""
    """Why its image cannot be pulled: "not found", "unauthorized", or the text itself; empty: it can."""
    start: float = 0.4
    """From created to started; a wasm engine takes about 0.02."""
    ready_after: float | None = 1.0
    """From started until it serves: what probes ask; None is never."""
    ready: bool = True
    """What the readiness probe hears once it serves."""
    alive: bool = True
    """What the liveness probe hears once it serves."""
    probe_message: str = "not ready"
    """What a failing exec probe prints."""
    cpu: float = 0.02
    """Cores used on average."""
    cpu_wave: float = 0.3
    """Part of `cpu` by which it swings, 0..1."""
    wave_seconds: float = 90.0
    """Length of the swing."""
    memory: float = 40 * MIB
    """Bytes right after the start."""
    memory_growth: float = 0.0
    """Bytes a second; when it reaches the limit the container is OOM-killed."""
    memory_limit: float | None = None
    """Bytes; None: the limit in the container's resources."""
    gpu: float = 0.0
    """Percent of the GPU used on average."""
    disk: float = 2 * MIB
    """Bytes written to the container's own file system."""
    crash_after: float | None = None
    """Seconds from started to its exit with `exit_code`."""
    exit_code: int = 1
    crash_logs: tuple[str, ...] = ()
    """The last lines before it exits by itself with a code other than 0."""
    finish_after: float | None = None
    """Seconds from started to its exit with code 0: the life of a Job's container, and of an init container."""
    stop_seconds: float = 0.5
    """From SIGTERM to its exit; longer than the pod's grace is killed with 137."""
    start_error: str = ""
    """Why the container cannot be started, as the runtime says it; empty: it can."""
    needs_sensor: str = ""
    """The sensor without which it exits with `exit_code`; as an init container it waits for it and then is done."""
    start_logs: tuple[str, ...] = ()
    logs: tuple[str, ...] = ('level=info msg="tick {n}" took={ms}ms',)
    """Lines said in turn; see `spottui.sim.kubelet_logs` for what stands in braces."""
    log_period: float | None = 5.0
    """Seconds between two lines; None: only what it says at its start and end."""
    exporter: str = ""
    """What it serves at /metrics: "dcgm", "jetson" or nothing."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path -> text of files that its shell finds."""

    def with_changes(self, changes: Mapping[str, Any]) -> Behaviour:
        """Return it with fields changed.

        Raises:
            ValueError: a field that it does not have, or a value of a wrong type.
        """
        made: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in _TYPES:
                raise ValueError(f"A behaviour has no {name!r}; it has {', '.join(sorted(_TYPES))}.")
            made[name] = _checked(name, value)
        return dataclasses.replace(self, **made)


_TYPES = {one.name: str(one.type) for one in fields(Behaviour)}


def _checked(name: str, value: Any) -> Any:
    """Return a value as its field wants it, or raise ValueError."""
    wanted = _TYPES[name]
    if value is None and "None" in wanted:
        return None
    if wanted.startswith("tuple") and isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if wanted.startswith("Mapping") and isinstance(value, Mapping):
        return {str(key): str(text) for key, text in value.items()}
    if wanted == "bool" and isinstance(value, bool):
        return value
    if wanted == "str" and isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if is_number and ("float" in wanted or (wanted == "int" and isinstance(value, int))):
        return value
    raise ValueError(f"{name} of a behaviour must be {wanted}, not {value!r}.")


WASM = Behaviour(start=0.02, ready_after=0.05, pull_seconds=0.6, image_size=2_104_320, cpu=0.002, memory=6 * MIB)
"""A small component: starts in no time and needs next to nothing."""

IMAGES: dict[str, Behaviour] = {
    "busybox": Behaviour(log_period=None, cpu=0.0, memory=1 * MIB, image_size=2_160_406, pull_seconds=1.0),
    "pause": Behaviour(log_period=None, cpu=0.0, memory=1 * MIB, image_size=268_051, pull_seconds=0.3),
    "dcgm-exporter": Behaviour(exporter="dcgm", memory=120 * MIB, log_period=None, image_size=398_112_004),
    "jetson-exporter": Behaviour(exporter="jetson", memory=24 * MIB, log_period=None, image_size=61_201_223),
}
"""What is known of well-known images; a scenario adds its own."""


def short_name(image: str) -> str:
    """Return an image reference without registry, path, tag and digest."""
    return re.sub(r"[:@].*", "", image.rsplit("/", 1)[-1])


class Behaviours:
    """The table; a change reaches the containers that already run."""

    def __init__(self, images: Mapping[str, Behaviour] | None = None) -> None:
        self.images = {**IMAGES, **(images or {})}
        self._changes: dict[tuple[str, str], dict[str, Any]] = {}
        self.changed: Callable[[str, str], None] = lambda namespace, workload: None
        """Called with namespace and workload (both empty: all) after a change; the kubelet listens."""

    def set(self, namespace: str, workload: str, **changes: Any) -> None:
        """Change fields for the containers of one workload (or bare pod); a field set before keeps its last value.

        Args:
            changes: Fields of `Behaviour`; `container` names the only container meant, else all are.

        Raises:
            ValueError: a field that there is not, or a wrong value.
        """
        Behaviour().with_changes({name: value for name, value in changes.items() if name != "container"})
        container = changes.pop("container", "")
        known = self._changes.setdefault((namespace, workload), {})
        known.setdefault(container, {}).update(changes)
        self.changed(namespace, workload)

    def reset(self, namespace: str = "", workload: str = "") -> None:
        """Forget the changes of one workload, or all."""
        if workload:
            self._changes.pop((namespace, workload), None)
        else:
            self._changes.clear()
        self.changed(namespace, workload)

    def set_image(self, name: str, behaviour: Behaviour) -> None:
        """Enter an image: its short name or its whole reference."""
        self.images[name] = behaviour
        self.changed("", "")

    def of(self, pod: Mapping[str, Any], container: Mapping[str, Any], workload: str, *, is_wasm: bool) -> Behaviour:
        """Return the behaviour of one container of a pod."""
        image = container.get("image", "")
        found = self.images.get(image) or self.images.get(short_name(image)) or (WASM if is_wasm else Behaviour())
        meta = pod["metadata"]
        annotated = (meta.get("annotations") or {}).get(ANNOTATION)
        if not annotated and not self._changes:
            return found
        own = self._changes.get((meta.get("namespace", ""), workload), {})
        changes = {**own.get("", {}), **own.get(container["name"], {})}
        if annotated:
            changes.update(_parsed(annotated))
        return found.with_changes(changes)


def _parsed(annotation: str) -> dict[str, Any]:
    """Return the annotation's fields; one that cannot be read has none, as Kubernetes ignores unknown annotations."""
    try:
        parsed = json.loads(annotation)
        Behaviour().with_changes(parsed)
    except (ValueError, TypeError, AttributeError):
        return {}
    return parsed

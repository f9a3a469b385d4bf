"""GPUs of the cluster's nodes: Prometheus exporters that run as pods, read through the API server's pod proxy."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from spottui.clients import PathClient
from spottui.errors import Forbidden, SpottuiError
from spottui.events import GpusHeard
from spottui.records import Pod
from spottui.records_gpu import Gpu, Gpus
from spottui.sources.text import clean

PERIOD = 15.0
LOOK_EVERY = 5.0
"""Seconds between two looks for an exporter while there is none."""
PERIOD_LIMIT = 120.0
"""Seconds between two tries at most, however long it has failed."""
BODY_LIMIT = 4 << 20
"""Bytes; an exporter says some tens of kilobytes."""
NAME_LENGTH = 60
ANNOTATION = "spottui.dev/gpu-metrics"
"""On a pod: PORT or PORT/PATH of GPU metrics in DCGM's or jetson_exporter's words."""
KNOWN = (("dcgm-exporter", 9400), ("jetson_exporter", 9100), ("jetson-exporter", 9100))
"""A word of the image, and the port of such an exporter when its spec names none."""
MIB = 1024 * 1024


class Exporter(Struct, frozen=True):
    """A pod that says how its node's GPUs are."""

    namespace: str
    name: str
    node: str
    port: str
    path: str

    @property
    def url(self) -> str:
        """Return the path of its metrics behind the API server."""
        pod = quote(f"{self.name}:{self.port}", safe=":")
        return f"/api/v1/namespaces/{quote(self.namespace, safe='')}/pods/{pod}/proxy/{quote(self.path)}"


def exporters(pods: Iterable[Pod]) -> list[Exporter]:
    """Return the running exporters among the pods, one a node, told by annotation or by their image."""
    found: dict[str, Exporter] = {}
    for pod in pods:
        where = pod.annotations.get(ANNOTATION) or _by_image(pod)
        if where and pod.phase == "Running" and pod.deleted_at is None:
            port, _, path = where.partition("/")
            if port.isdecimal():
                exporter = Exporter(pod.namespace, pod.name, pod.node, port, path or "metrics")
                if pod.node not in found or ANNOTATION in pod.annotations:
                    found[pod.node] = exporter
    return [found[node] for node in sorted(found)]


def _by_image(pod: Pod) -> str:
    for container in pod.containers:
        if "exporter" not in container.image:
            continue  # thousands of pods are gone through every few seconds
        image = container.image.rsplit("/", 1)[-1]
        for word, port in KNOWN:
            if word in image:
                return f"{container.ports[0] if container.ports else port}/metrics"
    return ""


def parse(text: str, node: str) -> tuple[Gpu, ...]:
    """Return the GPUs that Prometheus text speaks of, in DCGM's words or jetson_exporter's.

    Raises:
        ValueError: It is not Prometheus text.
    """
    from prometheus_client.parser import text_string_to_metric_families  # 30 ms, and only where there is an exporter

    by_gpu: dict[str, dict[str, float]] = {}
    labels_of: dict[str, Mapping[str, str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            kind = _WORDS.get(sample.name) or next((to for end, to in _ENDINGS if sample.name.endswith(end)), "")
            if not kind or (kind == "celsius-zone" and "gpu" not in " ".join(sample.labels.values()).lower()):
                continue
            uid = sample.labels.get("UUID") or sample.labels.get("uuid") or sample.labels.get("gpu") or "gpu"
            uid = "gpu" if kind in ("celsius-zone", "load", "clock") else uid
            by_gpu.setdefault(uid, {})[kind] = float(sample.value)
            labels_of.setdefault(uid, sample.labels)
    if "gpu" in by_gpu and "load" not in by_gpu["gpu"] and "used" not in by_gpu["gpu"]:
        del by_gpu["gpu"]  # temperatures alone are no GPU
    return tuple(_gpu(uid, values, labels_of[uid], node) for uid, values in sorted(by_gpu.items()))


_WORDS = {
    "DCGM_FI_DEV_GPU_UTIL": "used",
    "DCGM_FI_DEV_FB_USED": "memory used",
    "DCGM_FI_DEV_FB_FREE": "memory free",
    "DCGM_FI_DEV_GPU_TEMP": "celsius",
    "DCGM_FI_DEV_POWER_USAGE": "watts",
    "DCGM_FI_DEV_SM_CLOCK": "megahertz",
}
_ENDINGS = (
    ("gr3d_usage_percentage", "load"),
    ("gr3d_frequency_megahertz", "clock"),
    ("temperature_celsius", "celsius-zone"),
)
"""jetson_exporter puts a prefix before its names that differs by version."""


def _gpu(uid: str, values: Mapping[str, float], labels: Mapping[str, str], node: str) -> Gpu:
    is_jetson = "load" in values
    used, free = values.get("memory used"), values.get("memory free")
    pod, namespace = labels.get("pod", ""), labels.get("namespace", "")
    return Gpu(
        name=clean(labels.get("modelName") or ("Jetson" if is_jetson else "GPU"), NAME_LENGTH),
        uid=clean(uid, NAME_LENGTH),
        node=node,
        used=_percent(values.get("load", values.get("used"))),
        memory_used=None if used is None else int(used * MIB),
        memory_total=None if used is None or free is None else int((used + free) * MIB),
        shares_memory=is_jetson,
        celsius=values.get("celsius", values.get("celsius-zone")),
        frequency=values.get("clock", values.get("megahertz")),
        watts=values.get("watts"),
        source="jetson exporter" if is_jetson else "DCGM exporter",
        pod=clean(f"{namespace}/{pod}" if pod and namespace else pod, NAME_LENGTH * 2),
    )


def _percent(value: float | None) -> float | None:
    return value if value is not None and 0 <= value <= 100 else None


class ExporterSource:
    """Reads the exporters in the cluster; one that does not answer is said, and none at all costs nothing."""

    name = "gpu-exporter"

    def __init__(
        self,
        api: PathClient,
        clock: Callable[[], float],
        pods: Callable[[], Iterable[Pod]],
        *,
        period: Callable[[], float] = lambda: PERIOD,
        sleep: Callable[[float], Any] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._api, self._clock, self._pods, self._period = api, clock, pods, period
        self._sleep, self._jitter = sleep, jitter

    async def events(self) -> AsyncIterator[GpusHeard]:
        """Yield what changed until cancelled."""
        last: Gpus | None = None
        pause = self._period()
        while True:
            found = exporters(self._pods())
            gpus = await self._read(found)
            if not found:
                pause = LOOK_EVERY  # looking among the pods we know costs no request
            else:
                pause = min(PERIOD_LIMIT, pause * 2) if gpus.reason and not gpus.gpus else self._period()
            if last is None or replace(gpus, heard_at=last.heard_at) != last:
                last = gpus
                yield GpusHeard(gpus)
            await self._sleep(pause * (0.9 + 0.2 * self._jitter()))

    async def _read(self, found: Sequence[Exporter]) -> Gpus:
        gpus: list[Gpu] = []
        reason = "" if found else "No GPU exporter runs in the cluster (DCGM exporter or jetson_exporter)."
        for exporter in found:
            try:
                body = await self._api.request("GET", exporter.url, timeout=10.0)
                text = body[:BODY_LIMIT].decode("utf-8", "replace")
                gpus += await asyncio.to_thread(parse, text, exporter.node)
            except Forbidden as error:
                reason = f"You may not read the GPU exporter {exporter.name}: {error}"
            except SpottuiError as error:
                reason = f"The GPU exporter {exporter.name} does not answer: {error}"
            except (ValueError, KeyError, IndexError) as error:
                reason = f"The GPU exporter {exporter.name} says what cannot be read: {clean(str(error), 80)}."
        return Gpus(reader="cluster", heard_at=self._clock(), gpus=tuple(gpus), reason=reason)

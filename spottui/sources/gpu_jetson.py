"""The built-in GPU of a Jetson, read from sysfs as NVIDIA's kernel lays it out: it has no management library."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from spottui.records_gpu import Gpu
from spottui.sources.host_kernel import number_of, text_of
from spottui.sources.text import clean

GPU_NAMES = {"gv11b": "Volta", "gp10b": "Pascal", "ga10b": "Ampere", "gb10b": "Blackwell"}
SAMPLES = 5
"""The load jumps from reading to reading: this many are averaged."""
BETWEEN = 0.1
"""Seconds between two of them."""


class JetsonReader:
    """Reads load, clocks and temperature of the GPU; used from one thread only, for half a second at a time."""

    def __init__(self, root: Path = Path("/"), sleep: Callable[[float], None] = time.sleep) -> None:
        self._root, self._sleep = root, sleep
        self._devices = [
            (folder, name) for folder in sorted(root.glob("sys/class/devfreq/*")) if (name := _gpu(folder))
        ]

    @property
    def is_there(self) -> bool:
        """Whether this computer has such a GPU."""
        return bool(self._devices)

    def __call__(self) -> tuple[Gpu, ...]:
        """Return the GPU as it is now; what its files do not say is None."""
        return tuple(self._read(folder, name) for folder, name in self._devices)

    def _read(self, folder: Path, name: str) -> Gpu:
        loads = []
        for sample in range(SAMPLES):
            if sample:
                self._sleep(BETWEEN)
            loads.append(number_of(folder / "device/load"))
        known = [load for load in loads if load is not None and 0 <= load <= 1000]
        frequency, frequency_max = number_of(folder / "cur_freq"), number_of(folder / "max_freq")
        family = GPU_NAMES.get(name, "")
        return Gpu(
            name=clean(f"{family} ({name})" if family else name),
            uid=clean(folder.name),
            used=sum(known) / len(known) / 10 if known else None,
            shares_memory=True,
            celsius=self._celsius(),
            frequency=None if frequency is None else frequency / 1e6,
            frequency_max=None if frequency_max is None else frequency_max / 1e6,
            throttled=self._why_slow(),
            source="devfreq",
        )

    def _celsius(self) -> float | None:
        """Return the GPU's thermal zone; one that is switched off says -256 degrees."""
        for zone in sorted(self._root.glob("sys/class/thermal/thermal_zone*")):
            if "gpu" in text_of(zone / "type").lower():
                millidegrees = number_of(zone / "temp")
                if millidegrees is not None and -60_000 < millidegrees < 150_000:
                    return millidegrees / 1000
        return None

    def _why_slow(self) -> str:
        for device in self._root.glob("sys/class/thermal/cooling_device*"):
            kind, state = text_of(device / "type").lower(), number_of(device / "cur_state")
            if state and state > 0 and ("gpu" in kind or any(name in kind for name in GPU_NAMES)):
                return "too hot"
        return ""


def _gpu(folder: Path) -> str:
    """Return the GPU's name in the device tree; empty when the device is something else that has a clock."""
    name = text_of(folder / "device/of_node/name")
    return name if name in GPU_NAMES or "gpu" in name.lower() else ""

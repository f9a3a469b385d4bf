"""The GPUs of the computer that spottui runs on: by NVIDIA's library, else a Jetson's by sysfs, else one calm line."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from spottui.events import GpusHeard, LinkDown, LinkUp
from spottui.records_gpu import Gpu, Gpus
from spottui.sources.gpu_jetson import JetsonReader
from spottui.sources.gpu_nvml import NO_DRIVER, NvmlReader, NvmlUnavailable
from spottui.sources.imports import giving_way
from spottui.sources.text import clean

LOG = logging.getLogger("spottui.gpu")

NVML = "libnvidia-ml.so.1"
"""The driver's library, by the name that the bindings look for."""
PERIOD = 3.0
LOOK_AGAIN = 300.0
"""Seconds after which a GPU is looked for again where none was found: a driver may be loaded later."""
DEADLINE = 10.0
"""Seconds after which a reading is stuck; a GPU that fell off the bus can hold one for ever."""

Load = Callable[[], Any]
"""Returns the module pynvml."""


class GpuReader:
    """Finds out once how GPUs are read here, then reads them; used from one thread only."""

    def __init__(self, load: Load, root: Path = Path("/")) -> None:
        self._load, self._root = load, root
        self._nvml: NvmlReader | None = None
        self._jetson: JetsonReader | None = None
        self.reason = ""
        """Why there is nothing to read; empty when there is."""

    def find(self) -> bool:
        """Look for a way to read GPUs; tell whether there is one."""
        self.close()
        jetson = JetsonReader(self._root)
        if jetson.is_there:
            self._jetson, self.reason = jetson, ""
            return True
        try:
            self._nvml, self.reason = NvmlReader(self._load, self._root), ""
        except NvmlUnavailable as error:
            self.reason = str(error)
        return self._nvml is not None

    def read(self) -> tuple[Gpu, ...]:
        """Return the GPUs as they are now.

        Raises:
            NvmlUnavailable: The driver went away.
        """
        if self._jetson is not None:
            return self._jetson()
        return self._nvml() if self._nvml is not None else ()

    def close(self) -> None:
        """Let go of NVIDIA's library."""
        if self._nvml is not None:
            self._nvml.close()
        self._nvml = self._jetson = None


def load_pynvml() -> Any:
    """Import NVIDIA's bindings; a tenth of a second and 2 MB, so on the reader's thread and only with a driver.

    Raises:
        NvmlUnavailable: There is no driver.
    """
    with giving_way():
        if sys.platform == "linux":
            import ctypes

            try:
                ctypes.CDLL(NVML)
            except OSError as error:
                raise NvmlUnavailable(NO_DRIVER) from error
        import pynvml

        return pynvml


class GpuSource:
    """Reads the GPUs of this computer every few seconds on a thread of its own; tells only what changed."""

    name = "gpu"

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        load: Load = load_pynvml,
        root: Path = Path("/"),
        period: float = PERIOD,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._clock, self._period, self._sleep = clock, period, sleep
        self._reader = GpuReader(load, root)

    async def events(self) -> AsyncIterator[GpusHeard | LinkDown | LinkUp]:
        """Yield what changed until cancelled; a reading that hangs is said, and waited for."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="gpu")
        last: Gpus | None = None
        try:
            while True:
                reading = asyncio.get_running_loop().run_in_executor(pool, self._look)
                is_stuck = False
                while not (await asyncio.wait({reading}, timeout=DEADLINE))[0]:
                    if not is_stuck:
                        is_stuck = True
                        reason = f"Reading the GPU has taken more than {DEADLINE:.0f} s: its driver may hang."
                        yield LinkDown(self.name, reason, self._clock())
                gpus = reading.result()
                if is_stuck:
                    yield LinkUp(self.name, None, self._clock())
                if last is None or replace(gpus, heard_at=last.heard_at) != last:
                    last = gpus
                    yield GpusHeard(gpus)
                await self._sleep(self._period if gpus.gpus else LOOK_AGAIN)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> Gpus:
        """Read on the reader's thread; look for the way again where there is none, or it is lost."""
        try:
            gpus = self._reader.read() or (self._reader.read() if self._reader.find() else ())
        except NvmlUnavailable as error:
            LOG.info("the GPU driver went away: %s", error)
            self._reader.close()
            return Gpus(reader="host", heard_at=self._clock(), reason=clean(str(error)))
        reason = "" if gpus else self._reader.reason or "This computer has no GPU that spottui can read."
        return Gpus(reader="host", heard_at=self._clock(), gpus=gpus, reason=reason)

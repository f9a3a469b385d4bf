"""NVIDIA GPUs through the driver's management library (NVML), by NVIDIA's own bindings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from spottui.records_gpu import Gpu, GpuProcess
from spottui.sources.host_kernel import pod_of_process, text_of
from spottui.sources.text import clean

T = TypeVar("T")
NAME_LENGTH = 60
NO_DRIVER = "No GPU: this computer has no NVIDIA driver."
PROCESSES_KEPT = 8

THROTTLES = (
    ("nvmlClocksEventReasonHwThermalSlowdown", "too hot (hardware)"),
    ("nvmlClocksEventReasonSwThermalSlowdown", "too hot"),
    ("nvmlClocksEventReasonHwPowerBrakeSlowdown", "power brake"),
    ("nvmlClocksEventReasonHwSlowdown", "hardware slowdown"),
    ("nvmlClocksEventReasonSwPowerCap", "power cap"),
)
"""Names of NVML's bits that mean "slower than asked for", and our words; the rest (idle, ...) are no trouble."""


class NvmlUnavailable(Exception):
    """There is no NVIDIA driver, or it does not answer; the text says which."""


class NvmlReader:
    """Reads all GPUs of the driver; used from one thread only."""

    def __init__(self, load: Callable[[], Any], root: Path = Path("/")) -> None:
        """Start the library.

        Raises:
            NvmlUnavailable: There is no driver, or no GPU.
        """
        self._root = root
        try:
            self._nvml = load()
            self._nvml.nvmlInit()
        except NvmlUnavailable:
            raise
        except ImportError as error:
            raise NvmlUnavailable("No GPU: NVIDIA's bindings are not installed (nvidia-ml-py).") from error
        except Exception as error:  # the bindings' errors are made at run time; all of them mean the same
            raise NvmlUnavailable(_why(error)) from error

    def __call__(self) -> tuple[Gpu, ...]:
        """Return the GPUs as they are now; what a GPU does not support is None.

        Raises:
            NvmlUnavailable: The driver no longer answers.
        """
        try:
            count = self._nvml.nvmlDeviceGetCount()
            return tuple(self._gpu(self._nvml.nvmlDeviceGetHandleByIndex(index)) for index in range(count))
        except self._nvml.NVMLError as error:
            raise NvmlUnavailable(_why(error)) from error

    def close(self) -> None:
        """Let go of the library."""
        self._known(self._nvml.nvmlShutdown)

    def _gpu(self, handle: Any) -> Gpu:
        nvml, known = self._nvml, self._known
        memory = known(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        rates = known(lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
        milliwatts = known(lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        return Gpu(
            name=clean(_text(known(lambda: nvml.nvmlDeviceGetName(handle)) or "GPU"), NAME_LENGTH),
            uid=clean(_text(known(lambda: nvml.nvmlDeviceGetUUID(handle)) or ""), NAME_LENGTH),
            used=None if rates is None else float(rates.gpu),
            memory_used=None if memory is None else int(memory.used),
            memory_total=None if memory is None else int(memory.total),
            celsius=_float(known(lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))),
            celsius_limit=_float(
                known(lambda: nvml.nvmlDeviceGetTemperatureThreshold(handle, nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN))
            ),
            frequency=_float(known(lambda: nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM))),
            frequency_max=_float(known(lambda: nvml.nvmlDeviceGetMaxClockInfo(handle, nvml.NVML_CLOCK_SM))),
            watts=None if milliwatts is None else milliwatts / 1000,
            throttled=self._why_slow(handle),
            processes=self._processes(handle),
            source="nvml",
        )

    def _why_slow(self, handle: Any) -> str:
        bits = self._known(lambda: self._nvml.nvmlDeviceGetCurrentClocksEventReasons(handle))
        if not bits:
            return ""
        return ", ".join(word for name, word in THROTTLES if bits & getattr(self._nvml, name, 0))

    def _processes(self, handle: Any) -> tuple[GpuProcess, ...]:
        """Return who holds memory, the largest first; a process of another namespace has no name for us."""
        told = [
            *(self._known(lambda: self._nvml.nvmlDeviceGetComputeRunningProcesses(handle)) or ()),
            *(self._known(lambda: self._nvml.nvmlDeviceGetGraphicsRunningProcesses(handle)) or ()),
        ]
        by_pid = {each.pid: each.usedGpuMemory for each in told}
        largest = sorted(by_pid.items(), key=lambda each: each[1] or 0, reverse=True)[:PROCESSES_KEPT]
        return tuple(
            GpuProcess(
                pid=pid,
                name=clean(text_of(self._root / f"proc/{pid}/comm"), NAME_LENGTH),
                memory=memory,
                pod=pod_of_process(self._root, pid),
            )
            for pid, memory in largest
        )

    def _known(self, read: Callable[[], T]) -> T | None:
        """Return what `read` says, or None where this GPU does not tell.

        Raises:
            NVMLError: The GPU or the driver is gone: that is not "does not tell".
        """
        nvml = self._nvml
        try:
            return read()
        except nvml.NVMLError as error:
            gone = (nvml.NVML_ERROR_UNINITIALIZED, nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_DRIVER_NOT_LOADED)
            if getattr(error, "value", None) in gone and read is not nvml.nvmlShutdown:
                raise
            return None
        except AttributeError:  # an older driver or older bindings lack a function
            return None


def _why(error: Exception) -> str:
    said = clean(str(error), 120)
    if "Not Found" in said or "not found" in said:
        return NO_DRIVER
    return f"No GPU: NVIDIA's library says: {said}."


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _float(value: int | None) -> float | None:
    return None if value is None else float(value)

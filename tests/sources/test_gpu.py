"""GPUs are read from NVIDIA's library, a Jetson's files or an exporter; none is one calm line."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pynvml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.errors import Forbidden, Unreachable
from spottui.events import GpusHeard, LinkDown, LinkUp
from spottui.records import Container, Pod
from spottui.sources import gpu as module
from spottui.sources.gpu import GpuSource
from spottui.sources.gpu_exporter import ANNOTATION, ExporterSource, exporters, parse
from spottui.sources.gpu_jetson import JetsonReader
from tests.sources.sysfs import POD, jetson


class FakeNvml:
    """NVIDIA's bindings with one card; real constants and errors, no driver. Leaves out MIG and vGPUs."""

    def __init__(self, **broken: Exception) -> None:
        self.broken, self.is_open = broken, False

    def __getattr__(self, name: str) -> Any:
        if name in self.broken:
            return self._raise(self.broken[name])
        told = CARD.get(name)
        return (lambda *_: told) if told is not None else getattr(pynvml, name)

    def _raise(self, error: Exception) -> Callable[..., Any]:
        def call(*_: object) -> Any:
            raise error

        return call


def nvml_error(code: int) -> Exception:
    return pynvml.NVMLError(code)  # pyright: ignore[reportCallIssue]


Told = type("Told", (), {"__init__": lambda self, **facts: self.__dict__.update(facts)})
CARD: dict[str, Any] = {
    "nvmlInit": 0,
    "nvmlShutdown": 0,
    "nvmlDeviceGetCount": 1,
    "nvmlDeviceGetHandleByIndex": 7,
    "nvmlDeviceGetName": b"Tesla T4\x1b[31m",
    "nvmlDeviceGetUUID": "GPU-1",
    "nvmlDeviceGetUtilizationRates": Told(gpu=77, memory=12),
    "nvmlDeviceGetMemoryInfo": Told(used=4 << 30, total=16 << 30),
    "nvmlDeviceGetTemperature": 61,
    "nvmlDeviceGetTemperatureThreshold": 93,
    "nvmlDeviceGetClockInfo": 1350,
    "nvmlDeviceGetMaxClockInfo": 1590,
    "nvmlDeviceGetPowerUsage": 54_300,
    "nvmlDeviceGetCurrentClocksEventReasons": pynvml.nvmlClocksEventReasonSwPowerCap,
    "nvmlDeviceGetComputeRunningProcesses": [Told(pid=4711, usedGpuMemory=3 << 30)],
    "nvmlDeviceGetGraphicsRunningProcesses": [],
}


async def first(source: Any) -> Any:
    events = source.events()
    heard = await anext(events)
    await events.aclose()
    return heard


async def test_a_card_is_read_through_nvidias_library(tmp_path: Path) -> None:
    for name, text in (("proc/4711/cgroup", f"0::/kubepods/pod{POD}/x"), ("proc/4711/comm", "perception")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    heard = await first(GpuSource(lambda: 5.0, load=FakeNvml, root=tmp_path))
    (gpu,) = heard.gpus.gpus
    assert gpu.name == "Tesla T4" and "\x1b" not in gpu.name
    assert (gpu.used, gpu.memory_used, gpu.memory_total) == (77.0, 4 << 30, 16 << 30)
    assert (gpu.celsius, gpu.celsius_limit, gpu.frequency, gpu.frequency_max) == (61.0, 93.0, 1350.0, 1590.0)
    assert (gpu.watts, gpu.throttled) == (54.3, "power cap")
    assert [(one.pid, one.name, one.memory, one.pod) for one in gpu.processes] == [(4711, "perception", 3 << 30, POD)]


async def test_what_a_card_does_not_support_is_unknown(tmp_path: Path) -> None:
    refused = nvml_error(pynvml.NVML_ERROR_NOT_SUPPORTED)
    names = [name for name in CARD if name.startswith("nvmlDeviceGet") and name not in KEPT]
    broken = FakeNvml(**dict.fromkeys(names, refused))
    heard = await first(GpuSource(lambda: 5.0, load=lambda: broken, root=tmp_path))
    (gpu,) = heard.gpus.gpus
    assert (gpu.used, gpu.memory_used, gpu.celsius, gpu.watts, gpu.throttled, gpu.processes) == (None,) * 4 + ("", ())


KEPT = ("nvmlDeviceGetCount", "nvmlDeviceGetHandleByIndex", "nvmlDeviceGetName")


async def test_without_a_driver_there_is_one_calm_line(tmp_path: Path) -> None:
    none = FakeNvml(nvmlInit=nvml_error(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND))
    heard = await first(GpuSource(lambda: 5.0, load=lambda: none, root=tmp_path))
    assert heard.gpus.gpus == () and heard.gpus.reason == "No GPU: this computer has no NVIDIA driver."


async def test_the_real_bindings_say_the_same_on_a_computer_without_a_card(tmp_path: Path) -> None:
    heard = await first(GpuSource(lambda: 5.0, root=tmp_path))
    assert isinstance(heard, GpusHeard)
    assert bool(heard.gpus.gpus) != bool(heard.gpus.reason), "either cards, or why there are none"


async def test_a_driver_that_goes_away_is_said_and_looked_for_again(tmp_path: Path) -> None:
    cards = FakeNvml()
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            cards.broken["nvmlDeviceGetCount"] = nvml_error(pynvml.NVML_ERROR_GPU_IS_LOST)
        else:
            cards.broken.clear()

    events = GpuSource(lambda: 5.0, load=lambda: cards, root=tmp_path, sleep=sleep).events()
    heard = [await anext(events) for _ in range(3)]
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
    cards_heard = [len(one.gpus.gpus) for one in heard if isinstance(one, GpusHeard)]
    assert cards_heard == [1, 0, 1]
    assert isinstance(heard[1], GpusHeard) and "GPU is lost" in heard[1].gpus.reason
    assert pauses[1] == module.LOOK_AGAIN


async def test_a_reading_that_hangs_is_said_and_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE", 0.02)
    go_on = threading.Event()

    def load() -> Any:
        go_on.wait(5)
        return FakeNvml()

    events = GpuSource(lambda: 5.0, load=load, root=tmp_path).events()
    down = await anext(events)
    assert isinstance(down, LinkDown) and "driver" in down.reason
    go_on.set()
    assert isinstance(await anext(events), LinkUp)
    assert isinstance(await anext(events), GpusHeard)
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


def test_a_jetsons_gpu_is_found_among_the_devices_with_a_clock(tmp_path: Path) -> None:
    pauses: list[float] = []
    (gpu,) = JetsonReader(jetson(tmp_path), pauses.append)()
    assert (gpu.name, gpu.used, gpu.celsius, gpu.throttled) == ("Volta (gv11b)", 37.0, 49.0, "")
    assert (gpu.frequency, gpu.frequency_max, gpu.shares_memory) == (905.25, 1109.25, True)
    assert len(pauses) == 4, "five samples are averaged"


def test_a_jetson_that_is_too_hot_says_so_and_a_load_out_of_range_is_unknown(tmp_path: Path) -> None:
    root = jetson(tmp_path, cooling_device2__cur_state="2\n", **{"17000000_gv11b__load": "-1\n"})
    (gpu,) = JetsonReader(root, lambda _: None)()
    assert (gpu.throttled, gpu.used) == ("too hot", None)


DCGM = """\
# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-a",device="nvidia0",modelName="Tesla T4",pod="cam",namespace="perception"} 77
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-b",device="nvidia1",modelName="Tesla T4"} 0
# TYPE DCGM_FI_DEV_FB_USED gauge
DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-a",modelName="Tesla T4"} 4096
# TYPE DCGM_FI_DEV_FB_FREE gauge
DCGM_FI_DEV_FB_FREE{gpu="0",UUID="GPU-a",modelName="Tesla T4"} 12288
# TYPE DCGM_FI_DEV_GPU_TEMP gauge
DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-a",modelName="Tesla T4"} 61
"""
JETSON = """\
# TYPE jetson_gr3d_usage_percentage gauge
jetson_gr3d_usage_percentage 37
# TYPE jetson_gr3d_frequency_megahertz gauge
jetson_gr3d_frequency_megahertz 905
# TYPE jetson_temperature_celsius gauge
jetson_temperature_celsius{type="CPU"} 51.5
jetson_temperature_celsius{type="GPU"} 49
"""


def test_dcgm_text_gives_cards_with_the_pod_that_uses_them() -> None:
    one, two = parse(DCGM, "spot-core")
    assert (one.uid, one.node, one.used, one.pod) == ("GPU-a", "spot-core", 77.0, "perception/cam")
    assert (one.memory_used, one.memory_total, one.celsius) == (4 << 30, 16 << 30, 61.0)
    assert (two.uid, two.used, two.memory_total, two.pod) == ("GPU-b", 0.0, None, "")


def test_jetson_exporter_text_gives_its_one_gpu() -> None:
    (gpu,) = parse(JETSON, "spot-core")
    assert (gpu.used, gpu.frequency, gpu.celsius, gpu.shares_memory) == (37.0, 905.0, 49.0, True)


def test_text_without_a_gpu_gives_none() -> None:
    assert parse('# TYPE node_temperature_celsius gauge\nnode_temperature_celsius{type="gpu"} 40\n', "n") == ()


@given(st.text())
def test_no_text_breaks_the_exporter_beyond_what_is_expected(text: str) -> None:
    try:
        parse(text, "n")
    except (ValueError, KeyError, IndexError):
        pass


def a_pod(name: str, image: str, **facts: Any) -> Pod:
    facts = {"phase": "Running", "node": "spot-core", **facts}
    container = Container(name="c", image=image)
    return Pod(uid=name, name=name, namespace="gpu", created_at=None, containers=(container,), **facts)


def test_exporters_are_told_by_image_or_annotation_one_a_node() -> None:
    pods = [
        a_pod("dcgm", "nvcr.example/nvidia/k8s/dcgm-exporter:4.5.3"),
        a_pod("old", "x/dcgm-exporter:1", phase="Failed", node="other"),
        a_pod("mine", "x/y:1", annotations={ANNOTATION: "8080/gpu/metrics"}),
        a_pod("bad", "x/y:1", annotations={ANNOTATION: "../../etc"}, node="third"),
        a_pod("web", "nginx"),
    ]
    (found,) = exporters(pods)
    assert found.url == "/api/v1/namespaces/gpu/pods/mine:8080/proxy/gpu/metrics"


def test_the_port_that_an_exporters_spec_names_is_taken() -> None:
    container = Container(name="c", image="dcgm-exporter:4", ports=(8080, 9000))
    pod = Pod(uid="u", name="p", namespace="gpu", created_at=None, phase="Running", node="n", containers=(container,))
    assert exporters([pod])[0].url.endswith("/pods/p:8080/proxy/metrics")


class FakeApi:
    """Answers each path once with a text or an error."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer, self.paths = answer, list[str]()

    async def request(self, method: str, path: str, *, timeout: float = 10.0) -> bytes:
        self.paths.append(f"{method} {path}")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer.encode()


@pytest.mark.parametrize(
    ("answer", "cards", "said"),
    [
        (DCGM, 2, ""),
        (Forbidden("pods/proxy is forbidden"), 0, "You may not read the GPU exporter dcgm"),
        (Unreachable("no answer"), 0, "does not answer"),
        ("a{b", 0, "cannot be read"),
    ],
)
async def test_the_clusters_exporters_are_read_through_the_pod_proxy(
    answer: str | Exception, cards: int, said: str
) -> None:
    api, pods = FakeApi(answer), [a_pod("dcgm", "dcgm-exporter")]
    heard = await first(ExporterSource(api, lambda: 5.0, lambda: pods))
    assert api.paths == ["GET /api/v1/namespaces/gpu/pods/dcgm:9400/proxy/metrics"]
    assert len(heard.gpus.gpus) == cards and said in heard.gpus.reason
    assert heard.gpus.reader == "cluster"


async def test_an_exporter_that_comes_later_is_found_within_seconds() -> None:
    pods: list[Pod] = []
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        pods[:] = [a_pod("dcgm", "dcgm-exporter")]

    events = ExporterSource(FakeApi(DCGM), lambda: 5.0, lambda: pods, sleep=sleep, jitter=lambda: 0.5).events()
    assert (await anext(events)).gpus.gpus == ()
    assert len((await anext(events)).gpus.gpus) == 2 and pauses == [5.0]
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_cluster_without_exporters_is_asked_nothing() -> None:
    api = FakeApi("")
    heard = await first(ExporterSource(api, lambda: 5.0, list))
    assert api.paths == [] and "No GPU exporter" in heard.gpus.reason

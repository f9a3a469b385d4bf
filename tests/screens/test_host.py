"""The Host screen says which machine it is about, and shows limits, trends and pods beside the figures."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from spottui.events import GpusHeard, HostHeard, UsageHeard
from spottui.records import Usage
from spottui.records_gpu import Gpu, GpuProcess, Gpus
from spottui.records_host import Disk, Fan, Host, HostProcess, Pressure, Temperature
from tests.screens.app_case import NOW, a_node, a_pod, everything_listed, heard, make_app, screen_text, tell, until

HOST = Host(
    name="field-laptop",
    heard_at=NOW,
    model="ThinkPad X1",
    cpu_percent=41.0,
    per_cpu_percent=(31.0, 51.0, 92.0),
    frequency=1900.0,
    frequency_max=2300.0,
    load=(0.4, 0.5, 0.6),
    pressure={"cpu": Pressure(2.8, None), "io": Pressure(41.0, 11.0)},
    memory_used=9 << 30,
    memory_total=16 << 30,
    disks=(Disk("/data", 90 << 30, 100 << 30, 9 << 30, 2_000_000.0),),
    temperatures=(Temperature("CPU-therm", 88.0, 85.0, 95.0),),
    fans=(Fan("fan", percent=50.0),),
    processes=(HostProcess(4711, "perception", 87.5, 1 << 30, "pod-1"), HostProcess(1, "init", 0.1, 1 << 20)),
    booted_at=NOW - 7200,
    network_in=12_000.0,
    network_out=3_400_000.0,
    addresses=frozenset({"10.0.0.9"}),
)
GPU = Gpu(name="Volta (gv11b)", uid="x", used=37.0, shares_memory=True, celsius=49.0, frequency=905.0, source="devfreq")


async def test_a_laptop_is_not_taken_for_the_robot(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(100, 45)) as pilot:
        await until(lambda: app.joined is not None, pilot)
        await tell(pilot, HostHeard(HOST))
        node = a_node("spot-core", internal_ip="192.168.50.5", gpus=1, allocatable_gpus=1)
        await tell(pilot, *everything_listed(), heard("nodes", node))
        await tell(pilot, UsageHeard({"spot-core": Usage(2.4, 6 << 30, NOW, "metrics.k8s.io")}, {}, NOW))
        await pilot.press("8")
        text = screen_text(app)
        assert "no node of the cluster" in text
        assert "spot-core" in text and "by metrics.k8s.io" in text and "gpu 0/1 use ?" in text


async def test_on_the_robot_itself_the_host_is_named_as_the_node_it_is(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(100, 45)) as pilot:
        await until(lambda: app.joined is not None, pilot)
        await tell(pilot, HostHeard(HOST))
        await tell(pilot, *everything_listed(), heard("nodes", a_node("spot-core", internal_ip="10.0.0.9")))
        await pilot.press("8")
        assert "This computer is the cluster's node spot-core." in screen_text(app)


async def test_limits_trends_and_pods_stand_beside_the_figures(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(110, 45)) as pilot:
        await until(lambda: app.joined is not None, pilot)
        await tell(pilot, *(HostHeard(replace(HOST, cpu_percent=float(value))) for value in range(0, 100, 5)))
        await tell(pilot, *everything_listed(), heard("pods", a_pod("cam-front", uid="pod-1", namespace="perception")))
        await tell(pilot, GpusHeard(Gpus(reader="host", heard_at=NOW, gpus=(with_process(GPU),))))
        await pilot.press("8")
        text = screen_text(app)
        for said in ("1.9/2.3 GHz", "full in 80m", "88 of 95 °C", "fan                      50%", "io 41%", "2.0 MB/s"):
            assert said in text, said
        assert text.count("perception/cam-front") == 2, "the process and the GPU's process name their pod"
        assert "shares the system's memory" in text and "⣿" in text


def with_process(gpu: Gpu) -> Gpu:
    return replace(gpu, processes=(GpuProcess(pid=4711, name="perception", memory=3 << 20, pod="pod-1"),))


async def test_no_gpu_is_one_calm_line(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.joined is not None, pilot)
        await tell(pilot, HostHeard(HOST))
        await tell(pilot, GpusHeard(Gpus(reader="host", heard_at=NOW, reason="No GPU: no NVIDIA driver.")))
        await pilot.press("8")
        assert "No GPU: no NVIDIA driver." in screen_text(app)

"""What a graphics driver, a Jetson's files and an exporter call themselves, their processes and their troubles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pynvml
import pytest

from spottui.errors import Forbidden, Unreachable
from spottui.records import Pod
from spottui.sources.gpu import GpuSource
from spottui.sources.gpu_exporter import ANNOTATION, ExporterSource, parse
from spottui.sources.gpu_jetson import JetsonReader
from spottui.sources.text import clean
from tests.sources.sysfs import jetson
from tests.sources.test_gpu import CARD, FakeNvml, first

from .corpus import CORPUS, NAMES
from .readings import exporter_text
from .sampling import sampled
from .test_sources import assert_clean


class Answering:
    """The API, which has one answer, or one refusal."""

    def __init__(self, answer: bytes | Exception) -> None:
        self._answer = answer

    async def request(self, *given: Any, **named: Any) -> bytes:
        if isinstance(self._answer, bytes):
            return self._answer
        raise self._answer


class Saying:
    """NVIDIA's library, whose every text is this one, as bytes or as text."""

    def __init__(self, said: str | bytes) -> None:
        self._true = FakeNvml()
        self._said = said

    def __getattr__(self, name: str) -> Any:
        if name in ("nvmlDeviceGetName", "nvmlDeviceGetUUID"):
            return lambda *_: self._said
        return getattr(self._true, name)


@pytest.mark.parametrize("name", sampled(NAMES))
async def test_a_card_and_the_processes_on_it(name: str, tmp_path: Path) -> None:
    pid = CARD["nvmlDeviceGetComputeRunningProcesses"][0].pid
    (tmp_path / f"proc/{pid}").mkdir(parents=True)
    (tmp_path / f"proc/{pid}/comm").write_bytes(CORPUS[name].encode() + b"\xff\x9b")
    (tmp_path / f"proc/{pid}/cgroup").write_bytes(b"0::/kubepods/pod" + CORPUS[name].encode() + b"/x")
    for said in (CORPUS[name], CORPUS[name].encode() + b"\xff\x9b31m"):
        heard = await first(GpuSource(lambda: 5.0, load=lambda said=said: Saying(said), root=tmp_path))
        assert heard.gpus.gpus and heard.gpus.gpus[0].processes
        assert_clean(heard)


@pytest.mark.parametrize("name", sampled(NAMES))
async def test_a_driver_that_says_why_it_does_not_work(name: str, tmp_path: Path) -> None:
    def fail() -> Any:
        raise RuntimeError(CORPUS[name])

    assert_clean(await first(GpuSource(lambda: 5.0, load=fail, root=tmp_path)))
    lost = FakeNvml(nvmlInit=pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST))  # pyright: ignore[reportCallIssue]
    assert_clean(await first(GpuSource(lambda: 5.0, load=lambda: lost, root=tmp_path)))


@pytest.mark.parametrize("name", sampled(NAMES))
def test_a_jetson_whose_device_tree_is_nasty(name: str, tmp_path: Path) -> None:
    text = CORPUS[name].replace("\0", "")
    words = {"of_node__name": f"gpu{text}\0", "thermal_zone1__type": f"GPU{text}\n", "cooling_device2__type": text}
    gpus = JetsonReader(jetson(tmp_path, **words), sleep=lambda _: None)()
    assert len(gpus) == 2 and gpus[0].name.startswith("gp")
    assert_clean(gpus)


@pytest.mark.parametrize("name", sampled(NAMES))
def test_an_exporter_whose_every_label_is_nasty(name: str) -> None:
    gpus = parse(exporter_text(CORPUS[name]), "node")
    assert len(gpus) == 1
    assert_clean(gpus)


@pytest.mark.parametrize("name", sampled(NAMES))
async def test_why_an_exporter_is_not_read(name: str) -> None:
    pod = Pod(
        uid="u",
        name="dcgm",
        namespace="gpu",
        created_at=0.0,
        node="core",
        phase="Running",
        annotations={ANNOTATION: "9400"},
    )

    said = clean(CORPUS[name])  # as every error of the API's client has it
    for answer in (Forbidden(said), Unreachable(said), b"x{" + CORPUS[name].encode() + b'="\xff'):
        heard = await first(ExporterSource(Answering(answer), lambda: 1.0, lambda: [pod]))
        assert heard.gpus.reason or heard.gpus.gpus == ()
        assert_clean(heard)

"""A debug container beside a real one: added through the Runner, sees the other's processes, and takes a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from spottui.actions import debug
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_exec import STDOUT, ExecTarget, exec_stream
from tests.cluster.acting import Operator

from .images import BUSYBOX
from .pods import Namespace, manifest

SLEEP = "exec sleep 4321"


@pytest.fixture(scope="module")
def running(namespace: Namespace) -> Namespace:
    """Return a namespace with a pod `lean` that runs."""
    namespace.start(manifest("lean", SLEEP))
    return namespace


def target(namespace: Namespace) -> Target:
    return Target(kind="Pod", namespace=namespace.name, name="lean", uid=namespace.pod("lean").uid)


async def test_a_debug_container_sees_the_processes_of_the_other(
    api: KubeApi, running: Namespace, tmp_path: Path
) -> None:
    operator = Operator(api, tmp_path)
    said = await operator.perform("pod.debug", target(running), image=BUSYBOX)
    assert "open a shell (s) and choose debugger-" in said and operator.outcome == "done"
    name = said.split(": ")[1].split()[0]
    where = ExecTarget(
        namespace=running.name, pod="lean", container=name, command=("ps",), has_input=False, is_terminal=False
    )
    async with exec_stream(api, where) as stream:
        seen = b"".join([data async for channel, data in stream.output() if channel == STDOUT])
    assert b"sleep 4321" in seen and stream.exit_code == 0


async def test_an_image_that_is_not_there_is_said(
    api: KubeApi, running: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debug, "WATCHED_FOR", 25.0)
    operator = Operator(api, tmp_path)
    said = await operator.perform("pod.debug", target(running), image="localhost:1/none:1")
    assert "was added but does not run after 25 s: " in said
    assert "ErrImagePull" in said or "ImagePullBackOff" in said


async def test_a_pod_that_is_over_takes_none(api: KubeApi, running: Namespace, tmp_path: Path) -> None:
    gone = Target(kind="Pod", namespace=running.name, name="lean", uid="0f8fad5b-d9cb-469f-a165-70867728950e")
    with pytest.raises(SpottuiError):
        await Operator(api, tmp_path).perform("pod.debug", gone, image=BUSYBOX)

"""Fixtures of the tests that put faults between spottui and a real API server; skipped as tests/cluster are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import asked_for
from tests.cluster.processes import tied_to_parent, wait_until

from . import desk, world
from .desk import Desk
from .fake_clock import FakeClock, NoFakeTime
from .fault_proxy import FaultProxy
from .ordeal import Ordeal
from .world import World

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them unless they are asked for."""
    asked_for.mark(items, HERE)


@pytest.fixture(scope="session")
def whole_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the cluster that all tests of this folder share; who breaks it mends it."""
    with world.opened(tmp_path_factory.mktemp("world")) as opened:
        yield opened


@pytest.fixture
def proxy(whole_world: World) -> Iterator[FaultProxy]:
    """Return a link to the API server that can be made bad."""
    with FaultProxy(whole_world.plane.port) as opened:
        yield opened


@pytest.fixture
def at_desk(whole_world: World, proxy: FaultProxy, tmp_path: Path) -> Iterator[Desk]:
    """Return both programs, at work over the link."""
    with desk.opened(tmp_path / "desk", kubeconfigs(whole_world, proxy)) as opened:
        yield opened


@pytest.fixture
def ordeal(whole_world: World, at_desk: Desk, proxy: FaultProxy) -> Ordeal:
    """Return what is about to be gone through; all is well now."""
    return Ordeal(whole_world, at_desk, proxy)


@pytest.fixture
def fake_clock(tmp_path: Path) -> FakeClock:
    """Return a clock that can be stepped, for programs that are started with its environment."""
    try:
        return FakeClock(tmp_path / "clock")
    except NoFakeTime as missing:
        pytest.skip(str(missing))


@pytest.fixture
def long() -> None:
    """Skip what takes ten minutes unless it is asked for."""
    if os.environ.get("SPOTTUI_LONG") != "1":
        pytest.skip("takes more than ten minutes; set SPOTTUI_LONG=1")


@pytest.fixture
def root() -> None:
    """Skip what only root may do."""
    if os.geteuid() != 0:
        pytest.skip("needs root, for a namespace of its own")


def kubeconfigs(world: World, proxy: FaultProxy) -> dict[str, Path]:
    """Return the logins of both programs, as two users, so that the server tells them apart."""
    server = f"https://127.0.0.1:{proxy.port}"
    return {name: world.plane.kubeconfig(user, server) for name, user in Ordeal.USERS.items()}


@pytest.fixture
def lossy_netns(root: None) -> Iterator[Path]:
    """Return a network namespace in which one packet of five is lost, by netem or, without that, by iptables."""
    holder = subprocess.Popen(tied_to_parent([_program("unshare"), "--net", _program("sleep"), "3600"]))
    try:
        netns = Path(f"/proc/{holder.pid}/ns/net")
        ours = os.readlink("/proc/self/ns/net")
        wait_until(lambda: os.readlink(netns) != ours, "the namespace is made", timeout=5)
        inside = [_program("nsenter"), f"--net={netns}"]
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        ways = (
            ["tc", "qdisc", "add", "dev", "lo", "root", "netem", "loss", "20%"],
            ["iptables", "-A", "INPUT", "-m", "statistic", "--mode", "random", "--probability", "0.2", "-j", "DROP"],
        )
        said = []
        for way in ways:
            done = subprocess.run([*inside, *way], capture_output=True, text=True)
            if done.returncode == 0:
                break
            said.append(f"{way[0]}: {done.stderr.strip()}")
        else:
            pytest.skip(f"this kernel loses no packets on request ({'; '.join(said)})")
        yield netns
    finally:
        holder.kill()
        holder.wait()


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"needs the program {name}")
    return path

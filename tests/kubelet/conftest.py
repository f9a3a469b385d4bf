"""Fixtures that lend tests a real kubelet; without SPOTTUI_KUBELET=1, or where a part is missing, all are skipped.

With it, a failing build or a node that does not start is a failure: who asked for these tests wants to know.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from spottui.sources.kube_api import KubeApi
from spottui.sources.kubeconfig import find_cluster
from tests.cluster.control_plane import ControlPlane

from . import programs
from .node import Node
from .pods import Namespace

HERE = Path(__file__).parent
HOW = "needs root and a real kubelet built with Go; run `make check-kubelet`, or set SPOTTUI_KUBELET=1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them unless they are asked for and can run."""
    mine = [item for item in items if item.path.is_relative_to(HERE)]
    lacking = programs.missing() if mine and os.environ.get("SPOTTUI_KUBELET") == "1" else HOW
    for item in mine:
        item.add_marker(pytest.mark.kubelet)
        if lacking:
            item.add_marker(pytest.mark.skip(reason=lacking))


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    """Return a control plane with controllers, for all tests."""
    with ControlPlane() as started:
        started.start(controllers=True)
        yield started


@pytest.fixture(scope="session")
def node(plane: ControlPlane) -> Iterator[Node]:
    """Return the one real node, for all tests."""
    with Node(plane, programs.find()) as started:
        started.start()
        yield started


@pytest.fixture(scope="module")
def namespace(plane: ControlPlane, node: Node) -> Iterator[Namespace]:
    """Return a namespace of a module's own on a cluster with a real node; deleted afterwards."""
    lent = Namespace(plane.admin, plane.create_namespace())
    yield lent
    lent.delete()


@pytest.fixture
async def api(plane: ControlPlane, node: Node, tmp_path: Path) -> AsyncIterator[KubeApi]:
    """Return spottui's own client, logged in as one who may do everything."""
    kubeconfig = plane.kubeconfig("admin")
    opened = KubeApi(find_cluster(flag=kubeconfig, environ={}, home=tmp_path, context=None, namespace=None))
    yield opened
    await opened.close()

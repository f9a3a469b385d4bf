"""Fixtures that lend tests a real control plane; without SPOTTUI_CLUSTER=1 all tests here are skipped.

With it, a missing Go or a failing build is a failure: who asked for these tests wants to know.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from spottui.sources.kube_api import KubeApi
from spottui.sources.kubeconfig import find_cluster

from . import asked_for
from .acting import Operator
from .argo_controller import ArgoController
from .contents import NoSharedFolder, shared_folder
from .control_plane import ControlPlane

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them unless they are asked for."""
    asked_for.mark(items, HERE)


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """Return one control plane for all tests, with controllers and one kwok node.

    Do not stop, freeze or restart it: take `fresh_plane` for that.
    """
    with ControlPlane() as plane:
        plane.start(controllers=True, kwok_nodes=1)
        yield plane


@pytest.fixture
def fresh_plane() -> Iterator[ControlPlane]:
    """Return a control plane not yet started, for tests that break it: they call `start` as they need it."""
    with ControlPlane() as plane:
        yield plane


@pytest.fixture
def namespace(control_plane: ControlPlane) -> Iterator[str]:
    """Return the name of a new namespace of the shared control plane; deleted afterwards."""
    name = control_plane.create_namespace()
    yield name
    control_plane.admin.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture(scope="session")
def crds_at_hand() -> None:
    """Skip the test where Argo CD's own CRDs, which are not part of the project, are not on the machine."""
    try:
        shared_folder()
    except NoSharedFolder as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def argo_crds(crds_at_hand: None, control_plane: ControlPlane) -> None:
    """Install Argo CD's own CRDs in the shared control plane."""
    control_plane.install_argo_crds()


@pytest.fixture
def argo(control_plane: ControlPlane, argo_crds: None) -> Iterator[ArgoController]:
    """Return a running stand-in for Argo CD's controller, which serves all namespaces."""
    with ArgoController(control_plane.login("admin")) as controller:
        yield controller


@pytest.fixture
async def login(control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[Callable[[str], Operator]]:
    """Return a function that logs a user in."""
    operators: list[Operator] = []

    def as_user(user: str) -> Operator:
        place = find_cluster(
            flag=control_plane.kubeconfig(user), environ={}, home=tmp_path, context=None, namespace=None
        )
        operators.append(Operator(KubeApi(place), tmp_path / f"{user}-{len(operators)}"))
        return operators[-1]

    yield as_user
    for operator in operators:
        await operator.api.close()
        operator.audit.close()


@pytest.fixture
def operator(login: Callable[[str], Operator]) -> Operator:
    """Return the operator, with the rights that spottui's role grants."""
    return login("operator")

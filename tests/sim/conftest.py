"""The served Spot that the tests of its services share; one for each module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sim.spot_peer import Peer, connected, served


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with served(tmp_path_factory.mktemp("spot")) as made:
        yield made


@pytest.fixture(scope="module")
def robot(peer: Peer) -> Iterator[Any]:
    with connected(peer) as made:
        yield made


@pytest.fixture
def no_trouble(peer: Peer) -> Iterator[None]:
    """Take back what a test told the robot to refuse."""
    yield
    peer.on_loop(peer.spot.script.clear)
    peer.spot.script.refuses_as_proxy = False

"""A fake API server and the clients that the tests of the cluster's road open on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from spottui.sources.kube_api import KubeApi

from .fake_api import FakeApi, running


@pytest.fixture
async def fake() -> AsyncIterator[FakeApi]:
    async with running() as server:
        yield server


@pytest.fixture
async def apis() -> AsyncIterator[list[KubeApi]]:
    """Collects what a test opens and closes it."""
    opened: list[KubeApi] = []
    yield opened
    for api in opened:
        await api.close()

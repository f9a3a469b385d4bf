"""A fake API server and the clients that tests open on it, and the authority that probes trust."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from spottui.sources.kube_api import KubeApi

from .fake_api import FakeApi, running

if TYPE_CHECKING:
    import trustme


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


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The authority that this computer trusts."""
    import trustme

    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a probe trusts: that authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context

"""Opens a KubeApi on the fake server by way of a kubeconfig."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spottui.errors import (
    SpottuiError,
)
from spottui.sources.kube_api import KubeApi
from spottui.sources.kubeconfig import find_cluster

from .fake_api import FakeApi


def configured(fake: FakeApi, folder: Path, apis: list[KubeApi], **more: Any) -> KubeApi:
    """Return an API by way of a kubeconfig file."""
    file = fake.kubeconfig(folder, **more)
    place = find_cluster(flag=file, environ={}, home=folder, context=None, namespace=None)
    apis.append(KubeApi(place))
    return apis[-1]


async def failure(api: KubeApi, method: str = "GET", **more: Any) -> SpottuiError:
    with pytest.raises(SpottuiError) as caught:
        await api.request(method, "/api/v1/pods", **more)
    return caught.value


async def no_login() -> Any:
    """Stand in for the credentials of a place without files."""
    from spottui.sources.kube_plain import Login

    return Login([], None, None)

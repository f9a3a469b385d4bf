"""The commands on Applications through argocd-server, where the settings say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.argo_cli import Said, Served, audit, served_cluster, spottui_line  # noqa: F401
from tests.argo_gateway import LOGIN, Gateway
from tests.argo_served import write_kubeconfig
from tests.sources.argocd_server import TOKEN
from tests.test_command_line import restored_logging  # noqa: F401


@pytest.fixture
def server(served: Served, spottui: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Have the environment name argocd-server for everything."""
    gateway = served.site.server
    assert gateway is not None
    monkeypatch.setenv("ARGOCD_SERVER", f"http://127.0.0.1:{gateway.port}")
    monkeypatch.setenv("ARGOCD_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("SPOTTUI_ARGOCD_ACTS", "rest")
    return gateway


def test_the_commands_go_through_argocd_server_where_the_settings_say_so(
    spottui: Callable[..., Said], served: Served, server: Gateway, tmp_path: Path
) -> None:
    port = int(str(served.site.api.place.server).rpartition(":")[2])
    viewer = write_kubeconfig(tmp_path / "viewer", port, "viewer")  # whom Kubernetes lets change nothing
    row = spottui("apps", kubeconfig=viewer).out.splitlines()[1]
    assert row.split()[:3] == ["argocd/nav", "OutOfSync", "Healthy"] and row.endswith("allowed")
    said = spottui("sync", "nav", "-o", "json", kubeconfig=viewer)
    assert said.status == 0, said.err
    assert said.json["results"][0]["operation"]["by"] == LOGIN
    assert spottui("refresh", "nav", "--hard", kubeconfig=viewer).out.startswith("nav: refreshed; Synced at ")
    said = spottui("refresh", "nav", "--wait", "0", kubeconfig=viewer)
    assert said.status == 0, said.err
    assert spottui("rollback", "nav", kubeconfig=viewer).out.startswith("nav: rolled back to ")
    assert "(deployed)" in spottui("history", "nav", kubeconfig=viewer).out
    said = spottui("terminate", "nav", kubeconfig=viewer)
    assert (said.status, said.out) == (1, "") and "no operation is in progress" in said.err
    assert [method for method, _, _ in server.writes] == ["POST", "GET", "GET", "POST"]


def test_what_argocd_server_refuses_has_the_statuses_of_the_other_road(
    spottui: Callable[..., Said], served: Served, server: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.denied = {"sync"}
    said = spottui("sync", "nav")
    assert (said.status, said.out) == (4, "") and "Argo CD's own rules do not let you sync nav" in said.err
    monkeypatch.setenv("ARGOCD_AUTH_TOKEN", "an-old-token")
    for words in (("apps",), ("sync", "nav"), ("history", "nav")):
        said = spottui(*words)
        assert (said.status, said.out) == (4, "") and "Log in again: argocd login." in said.err
    monkeypatch.setenv("ARGOCD_SERVER", "http://127.0.0.1:1")
    assert spottui("sync", "nav").status == 3
    monkeypatch.delenv("ARGOCD_SERVER")
    said = spottui("sync", "nav")
    assert said.status == 2 and "argocd.url says no address" in said.err
    assert server.writes == []


def test_an_armed_sync_waits_and_goes_over_the_same_road(
    spottui: Callable[..., Said], served: Served, server: Gateway
) -> None:
    said = spottui("sync", "nav", "--when-idle", "--link-up", "0s", "--expires", "5m")
    assert said.status == 0, said.err
    assert said.out.startswith("nav: synced to ") and "is armed until" in said.err
    ((_, path, body),) = [each for each in server.writes if each[0] == "POST"]
    assert path == "/api/v1/applications/nav/sync"
    assert [info["name"] for info in body["infos"]] == ["Reason", "Reason", "spottui-id"]

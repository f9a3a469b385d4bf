"""Credentials in what others say: an API server, an argocd-server, a login plugin, a URL in an object."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import pytest
from aiohttp import web

from spottui.errors import LoginExpired, SpottuiError
from spottui.sources.argocd_api import ArgocdApi
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_objects import decode_list
from spottui.sources.kubeconfig import find_cluster
from spottui.sources.unsaid import without, without_login

TOKEN = "planted-token-0123456789"
PASSWORD = "planted-password-42"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://ana:planted@git/x", "https://***@git/x"),
        ("clone of https://planted@git/x failed", "clone of https://***@git/x failed"),
        ("ssh://git@git/x", "ssh://git@git/x"),
        ("docker-pullable://nginx@sha256:abc", "docker-pullable://nginx@sha256:abc"),
        ("http://git:3000/x@y", "http://git:3000/x@y"),
        ("no address at all", "no address at all"),
    ],
)
def test_a_login_in_a_url_is_taken_out_and_nothing_else(text: str, said: str) -> None:
    assert without_login(text) == said


def test_what_is_too_short_to_be_a_secret_stays() -> None:
    assert without(b"exit 1: abc, planted1", ("", "1", "abc", "planted1")) == b"exit 1: abc, ***"


async def echoing(code: int) -> tuple[web.AppRunner, int]:
    """Start a server that refuses everything with a Status that quotes the request's login."""

    async def refuse(request: web.Request) -> web.Response:
        sent = request.headers.get("Authorization", "")
        plain = base64.b64decode(sent[6:]).decode() if sent.startswith("Basic ") else ""
        text = f"denied: {sent} {plain}"
        return web.json_response({"kind": "Status", "message": text, "error": text, "code": code}, status=code)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    return runner, runner.addresses[0][1]


@pytest.mark.parametrize("user", [f"token: {TOKEN}", f"username: ana, password: {PASSWORD}"])
@pytest.mark.parametrize("code", [400, 403, 409, 422, 500])
async def test_an_api_server_that_quotes_the_login_is_not_repeated(tmp_path: Path, user: str, code: int) -> None:
    runner, port = await echoing(code)
    config = tmp_path / "config"
    config.write_text(
        f"""\
current-context: it
contexts: [{{name: it, context: {{cluster: it, user: it}}}}]
clusters: [{{name: it, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: it, user: {{{user}}}}}]
"""
    )
    place = find_cluster(flag=config, environ={}, home=tmp_path, context=None, namespace=None)
    api = KubeApi(place)
    try:
        with pytest.raises(SpottuiError) as caught:
            await api.request("GET", "/api/v1/pods")
    finally:
        await api.close()
        await runner.cleanup()
    said = str(caught.value)
    assert "enied: " in said and "***" in said
    assert TOKEN not in said and PASSWORD not in said
    assert base64.b64encode(f"ana:{PASSWORD}".encode()).decode() not in said


@pytest.mark.parametrize("code", [400, 401, 403, 500])
async def test_an_argocd_server_that_quotes_the_token_is_not_repeated(code: int) -> None:
    runner, port = await echoing(code)
    api = ArgocdApi(f"http://127.0.0.1:{port}", lambda: TOKEN, environ={})
    try:
        with pytest.raises(SpottuiError) as caught:
            await api.request("GET", "/api/v1/applications")
        with pytest.raises(SpottuiError) as streamed:
            async for _ in api.stream():
                pass
    finally:
        await api.close()
        await runner.cleanup()
    for said in (str(caught.value), str(streamed.value)):
        assert TOKEN not in said
    assert code == 403 or "***" in str(caught.value)


async def test_a_login_plugin_that_quotes_its_environment_is_not_repeated(tmp_path: Path) -> None:
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", "import os, sys; sys.exit('no login with ' + os.environ['PLUGIN_SECRET'])"],
        "env": [{"name": "PLUGIN_SECRET", "value": PASSWORD}],
        "interactiveMode": "Never",
    }
    config = tmp_path / "config"
    config.write_text(
        f"""\
current-context: it
contexts: [{{name: it, context: {{cluster: it, user: it}}}}]
clusters: [{{name: it, cluster: {{server: "http://127.0.0.1:9"}}}}]
users: [{{name: it, user: {{exec: {json.dumps(plugin)}}}}}]
"""
    )
    place = find_cluster(flag=config, environ={}, home=tmp_path, context=None, namespace=None)
    api = KubeApi(place)
    try:
        with pytest.raises(LoginExpired) as caught:
            await api.connect()
    finally:
        await api.close()
    assert "no login with ***" in str(caught.value)


def test_a_repository_with_a_password_in_its_address_is_shown_without_it() -> None:
    repository = f"https://ana:{PASSWORD}@git.example/robot.git"
    condition = {"type": "ComparisonError", "message": f"cannot list {repository}"}
    application = {
        "metadata": {"name": "nav", "namespace": "argocd", "uid": "u"},
        "spec": {"source": {"repoURL": repository, "path": "x"}, "project": "default", "destination": {}},
        "status": {"conditions": [condition], "sync": {"status": "Unknown"}},
    }
    page = decode_list("applications", json.dumps({"metadata": {}, "items": [application]}).encode())
    assert len(page.records) == 1 and PASSWORD not in str(page.records[0])
    assert "https://***@git.example/robot.git" in str(page.records[0])

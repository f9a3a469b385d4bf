"""The screens' questions to argocd-server arrive there, and it is not asked where the settings name none."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from spottui.app_gitops import ArgocdReader
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.records_argocd import CommitWords
from spottui.store import Store
from tests.screens.app_case import make_app, settings_in
from tests.sources.argocd_server import ArgocdServer

PLAIN = Target(kind="Application", namespace="argocd", name="plain", uid="u")


async def test_targets_and_commits_come_from_argocd_server(tmp_path: Path) -> None:
    server = ArgocdServer()
    await server.start()
    settings = settings_in(tmp_path, argocd__url=f"http://127.0.0.1:{server.port}")
    reader = ArgocdReader(settings, {"ARGOCD_AUTH_TOKEN": "a-token"}, tmp_path, Store())
    answers = {
        "managed-resources": {"items": [{"kind": "Pod", "targetState": '{"a": 1}', "liveState": "null"}]},
        "resource-tree": {"nodes": [{"kind": "Pod", "name": "p", "health": {"status": "Healthy"}}]},
        "metadata": {"author": "Ana", "date": "2026-11-24T05:00:00Z", "message": "more"},
    }
    server.misbehave = lambda request: web.json_response(answers[request.path.split("/")[-1]])
    try:
        (row,) = await reader.targets(PLAIN)
        said = await reader.commit(PLAIN, "c0ffee+other")
        (node,) = await reader.tree(PLAIN)
        assert (node.name, node.health) == ("p", "Healthy")
        assert row["targetState"] == {"a": 1}
        assert isinstance(said, CommitWords) and (said.author, said.message) == ("Ana", "more")
        server.misbehave = lambda request: web.json_response({"error": "no", "code": 2, "message": "no"}, status=500)
        with pytest.raises(SpottuiError, match="Argo CD refuses"):
            await reader.commit(PLAIN, "c0ffee")
    finally:
        await reader.close()
        await server.stop()


def test_without_an_address_nobody_is_asked(tmp_path: Path) -> None:
    parts = make_app(tmp_path).parts
    assert parts.app_targets is None and parts.app_commit is None and parts.app_tree is None
    named = make_app(tmp_path, argocd__url="https://argo.robot").parts
    assert named.app_targets is not None and named.app_commit is not None and named.app_tree is not None

"""An Application's tree, differences, history, commits and conditions by both roads to Argo CD, each text nasty."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from spottui.app_gitops import ArgocdReader
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.records_argocd import Application, TreeNode
from spottui.screens.gitops_diff import difference_lines, paint_diff
from spottui.screens.gitops_lines import cause_lines, commit_line, operation_lines, source_lines, state_lines
from spottui.sources.argocd_facts import _nodes
from spottui.sources.argocd_settings import settings_of
from spottui.sources.kube_objects import decode_list
from spottui.store import Store
from spottui.verdicts.app_conditions import causes
from spottui.verdicts.app_diff import diff_lines
from spottui.verdicts.app_tree import Live, tree
from spottui.verdicts.app_tree_served import Served
from tests.screens.app_case import settings_in, until
from tests.sources.argocd_server import TOKEN, ArgocdServer, Json, error

from .corpus import CORPUS, NAMES, SURROGATES, texts_of, unsafe
from .field import hostile_field
from .looking import Looker
from .objects import endless, real_objects, wholly_spoiled
from .sampling import sampled
from .test_objects import page
from .test_screens import make

TEXTS = [text for text in CORPUS.values() if text]
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]
LIVE = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "namespace": "n", "labels": {"k": "v"}},
    "data": {"k": "v", "many": "one"},
    "spec": {"containers": [{"name": "a", "image": "i", "env": [{"name": "e", "value": "v"}]}]},
}


def assert_clean(value: Any) -> None:
    for path, text in texts_of(value):
        assert not unsafe(text), f"{path}: {text!r:.300} has {unsafe(text)}"


class NastyArgocd(ArgocdServer):
    """argocd-server whose every answer about an Application is nasty."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._texts = iter(endless(TEXTS, seed))
        self.refuses = False

    def _state(self) -> str:
        return json.dumps(wholly_spoiled(LIVE, self._texts))

    def _resource(self, number: int) -> Json:
        states = dict.fromkeys(("targetState", "liveState", "normalizedLiveState", "predictedLiveState"), "null")
        wanted = [("liveState", "normalizedLiveState"), ("targetState", "predictedLiveState"), tuple(states)][
            number % 3
        ]
        named = {name: next(self._texts) for name in ("group", "kind", "namespace", "name")}
        return {**named, **states, **{name: self._state() for name in wanted}}

    def _node(self, number: int) -> Json:
        words = {name: next(self._texts) for name in ("group", "kind", "namespace", "name")}
        health = {"status": next(self._texts), "message": next(self._texts)}
        return {**words, "uid": f"{number}", "parentRefs": [{"uid": str(number // 2)}], "health": health}

    async def answer(self, request: web.Request) -> web.Response:
        if self.refuses:
            return error(400, 3, next(self._texts))
        if request.path.endswith("/managed-resources"):
            return web.json_response({"items": [self._resource(number) for number in range(9)]})
        if request.path.endswith("/resource-tree"):
            return web.json_response({"nodes": [self._node(number) for number in range(1, 12)]})
        if request.path.endswith("/metadata"):
            return web.json_response({"author": next(self._texts), "message": next(self._texts), "date": "x"})
        if request.path in ("/api/v1/projects", "/api/v1/applicationsets"):
            return web.json_response({"metadata": {}, "items": None})
        return await super().answer(request)


@asynccontextmanager
async def nasty_server(seed: int) -> AsyncIterator[NastyArgocd]:
    """Serve one."""
    server = NastyArgocd(seed)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def reader_of(server: ArgocdServer, folder: Path, store: Store) -> ArgocdReader:
    """Return what the screens ask by."""
    settings = settings_in(folder, argocd__url=f"http://127.0.0.1:{server.port}")
    return ArgocdReader(settings, {"ARGOCD_AUTH_TOKEN": TOKEN}, folder, store)


def nasty_apps(seed: int) -> list[Application]:
    """Return the records of real Applications whose every text was replaced on the wire."""
    texts = iter(endless(TEXTS, seed))
    objects = [wholly_spoiled(one, texts) for one in real_objects()["applications"]]
    return list(decode_list("applications", page("applications", objects)).records)  # type: ignore[arg-type]


class Parts:
    """What a diff asks for; `by_server` None: there is no argocd-server, and live objects are nasty."""

    def __init__(self, reader: ArgocdReader | None, seed: int = 0) -> None:
        self.app_targets = reader.targets if reader is not None else None
        self._texts = iter(endless(TEXTS, seed))

    async def fetch(self, target: Target) -> Json:
        """Return a live object with what kubectl wrote on it."""
        live = wholly_spoiled(LIVE, self._texts)
        applied = json.dumps(wholly_spoiled(LIVE, self._texts))
        live["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": applied}
        return live


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_only_argocd_server_tells(seed: int, tmp_path: Path) -> None:
    """Tree, differences and commits, by the real client."""
    store, (app, *_) = Store(), nasty_apps(seed)
    target = Target(kind="Application", namespace="argocd", name="nav", uid=app.uid)
    async with nasty_server(seed) as server:
        reader = reader_of(server, tmp_path, store)
        try:
            nodes = await reader.tree(target)
            assert len(nodes) == 11
            assert_clean(nodes)
            assert_clean([await reader.commit(target, "c0ffee") for _ in range(20)])
            parts: Any = Parts(reader)
            lines = await difference_lines(parts, app)
            assert len(lines) > 40
            assert_clean([lines, [paint_diff(line) for line in lines]])
            server.refuses = True
            for ask in (reader.tree(target), reader.commit(target, "c0ffee"), reader.targets(target)):
                with pytest.raises(SpottuiError) as caught:
                    await ask
                assert not unsafe(str(caught.value), breaks="\n")
        finally:
            await reader.close()


@pytest.mark.parametrize("seed", SEEDS)
async def test_differences_by_the_kubernetes_api(seed: int) -> None:
    for app in nasty_apps(seed):
        parts: Any = Parts(None, seed)
        lines = await difference_lines(parts, app)
        assert_clean([lines, [paint_diff(line) for line in lines]])


@pytest.mark.parametrize("name", sampled([*NAMES, *SURROGATES]))
def test_a_difference_that_cannot_be_seen_is_shown_all_the_same(name: str) -> None:
    """An account "admin" with an invisible mark in it is another one: cleaned, nothing would differ."""
    text = {**CORPUS, **SURROGATES}[name]
    live = {"kind": "ConfigMap", "data": {"user": "admin"}}
    lines = diff_lines(live, {"kind": "ConfigMap", "data": {"user": f"admin{text}"}})
    assert not any(unsafe(line) for line in lines)
    assert bool(lines) == bool(text)


@pytest.mark.parametrize("seed", SEEDS)
def test_tree_history_conditions_and_operation_of_a_nasty_application(seed: int) -> None:
    """As the records have it, however it came: both roads make the same ones (`test_sources` has the stream)."""
    store = Store()
    for app in nasty_apps(seed):
        rows = tree(app, Live((), lambda kind: None))
        nodes = [TreeNode(**fields) for fields in _node_fields(seed)]
        assert_clean([app, app.history, causes(app), rows, Served(nodes).fill(rows)])
        lines = [*cause_lines(store, app, 9e9, True), *state_lines(store, app, 9e9), *operation_lines(app, 9e9)]
        lines += [*source_lines(app), commit_line(app, None, 9e9)]
        assert_clean(lines)


def _node_fields(seed: int) -> list[dict[str, Any]]:
    texts = iter(endless(TEXTS, seed))
    names = ("kind", "name", "namespace", "group")
    nodes = [
        {**{name: next(texts) for name in names}, "uid": str(n), "health": {"status": next(texts)}} for n in (1, 2)
    ]
    found = _nodes(json.dumps({"nodes": nodes}).encode())
    return [{field: getattr(one, field) for field in one.__struct_fields__} for one in found]


@pytest.mark.parametrize("name", sampled(NAMES))
def test_a_config_map_of_argo_cd_that_cannot_be_read_is_said_safely(name: str) -> None:
    for body in (CORPUS[name].encode(), json.dumps({"data": {"globalProjects": 7, CORPUS[name]: 1}}).encode()):
        found = settings_of("argocd", body, 1.0)
        assert not unsafe(found.why)


@pytest.mark.slow
@pytest.mark.parametrize(("road", "seed"), list(itertools.product(("rest", "kubernetes"), (1, 2))))
async def test_the_screens_of_an_application_by_both_roads(tmp_path: Path, road: str, seed: int) -> None:
    async with hostile_field(tmp_path, seed) as field, nasty_server(seed) as server:
        app = make(tmp_path, field.kubeconfig)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(lambda: app.store.pods and app.store.applications, pilot, 20)
            reader = reader_of(server, tmp_path, app.store)
            if road == "rest":
                parts = app.parts
                parts.app_targets, parts.app_commit, parts.app_tree = reader.targets, reader.commit, reader.tree
            looker = Looker(pilot)
            await looker.press("5", wait=0.1)
            for _ in range(3):
                for keys in (("enter", "D"), ("enter", "R"), ("enter", "j", "d"), ("enter", "y"), ("enter", "m")):
                    await looker.press(*keys, wait=0.1)
                    await looker.press("G", "w", wait=0.1)
                    await looker.back_to(looker.depth)
                await looker.press("j")
            await asyncio.sleep(0)
            await reader.close()
            # A diff is YAML: what would be obeyed stands there escaped, with its words.
            found = [one for one in looker.found if not (one.startswith("DiffScreen") and "was obeyed" in one)]
            assert not found, "\n".join(found[:20])
            assert {"AppScreen", "DiffScreen", "HistoryScreen"} <= looker.seen

"""Acts through argocd-server: what that road writes down, refuses and cannot do; the rest is as on the other road."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from spottui.actions.argocd_rest import RestRoad
from spottui.actions.armed_sync import Sending, outcome_of, release_action
from spottui.app_argocd import argocd_acts
from spottui.config import load
from spottui.errors import BadConfig, Forbidden, LoginExpired, NotFound, OutcomeUnknown, Refused, SpottuiError
from spottui.records import Target
from spottui.screens.confirm import ConfirmScreen
from spottui.settings import Settings
from tests.argo_gateway import LOGIN, Gateway
from tests.argo_served import Field, in_the_field
from tests.screens.app_case import everything_listed, heard, make_app, tell, until
from tests.sim.argo_bench import REPO, config_map, synced
from tests.sources.argocd_server import TOKEN, Json, error
from tests.sources.wire import one


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Field]:
    async with in_the_field(tmp_path, "rest") as one:
        await synced(one.bench)
        yield one


@pytest.fixture
def server(site: Field) -> Gateway:
    assert site.server is not None
    return site.server


def lines(site: Field) -> list[Json]:
    return [json.loads(line) for line in (site.folder / "audit.jsonl").read_text().splitlines()]


def sent(site: Field) -> list[Json]:
    """Return the requests that the audit log has."""
    return [line["request"] for line in lines(site) if line["request"] and line["outcome"] == "asked"]


# -- what is sent ------------------------------------------------------------------------------------------


async def test_a_sync_says_who_asked_and_is_the_servers_logins(site: Field, server: Gateway) -> None:
    said = await site.perform("sync", prune=False)
    assert said.startswith("nav: synced to ")
    ((method, path, body),) = server.writes
    assert (method, path) == ("POST", "/api/v1/applications/nav/sync")
    assert (body["appNamespace"], body["project"]) == ("argocd", "default")
    assert body["infos"] == [{"name": "Reason", "value": "asked by spottui:ana@base"}]
    assert site.bench.state()["operation"]["initiatedBy"] == {"username": LOGIN}


async def test_every_request_with_an_effect_is_in_the_audit_log_before_it_leaves(site: Field, server: Gateway) -> None:
    base = f"http://127.0.0.1:{server.port}/api/v1/applications/nav"
    place = "appNamespace=argocd&project=default"
    await site.perform("refresh")
    await site.perform("auto-sync-on")
    await site.perform("delete", cascade="background")
    assert [(each["method"], each["path"]) for each in sent(site)] == [
        ("GET", f"{base}?{place}&refresh=normal"),
        ("PATCH", base),
        ("DELETE", f"{base}?{place}&cascade=true&propagationPolicy=background"),
    ]
    assert [line["outcome"] for line in lines(site)].count("done") == 3


async def test_the_server_is_asked_what_its_own_rules_allow(site: Field, server: Gateway) -> None:
    server.denied = {"sync"}
    with pytest.raises(Forbidden, match="Argo CD's own rules do not let you sync nav in namespace argocd"):
        await site.perform("sync")
    assert server.writes == [] and not (site.folder / "audit.jsonl").exists()
    await site.perform("refresh")
    asked = [path for _, path, _, _ in server.seen if "can-i" in path]
    assert asked == [f"/api/v1/account/can-i/applications/{verb}/default/nav" for verb in ("sync", "get")]


async def test_an_operation_of_several_sources_names_their_positions() -> None:
    heard: list[Any] = []

    class Noting:
        url = "https://argo.robot"

        async def request(self, method: str, path: str, *, body: Any = None, **how: Any) -> bytes:
            heard.append(body)
            return b"{}"

    app = {"metadata": {"uid": "u"}, "spec": {"project": "p"}}
    target = Target(kind="Application", namespace="argocd", name="nav", uid="u")
    request = {"sync": {"revisions": ["v1", "v2"], "syncOptions": ["A=b"]}, "retry": {"limit": 2}}
    await RestRoad(Noting()).start(target, app, request, "ana")
    assert (heard[0]["revisions"], heard[0]["sourcePositions"]) == (["v1", "v2"], [1, 2])
    assert (heard[0]["retryStrategy"], heard[0]["syncOptions"]) == ({"limit": 2}, {"items": ["A=b"]})
    with pytest.raises(NotFound, match="another one now"):
        await RestRoad(Noting()).terminate(target, {"metadata": {"uid": "other"}})
    with pytest.raises(SpottuiError, match="drops a change of operation and status"):
        await RestRoad(Noting()).change(target, app, {"operation": {}, "status": {}})
    assert len(heard) == 1


async def test_an_armed_sync_is_marked_so_that_it_is_found_again(site: Field, server: Gateway) -> None:
    site.bench.edit(lambda app: app["spec"].update(syncPolicy={"retry": {"limit": -1}}))
    site.bench.git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")

    async def before() -> None:
        assert not [one for one in server.writes if one[0] == "POST"], "what is on the disk comes first"

    sending = Sending("an-id", "armed by ana", before)
    await site.runner.perform(release_action(False), site.target(), site._yes, {"revision": "", "sending": sending})
    assert sending.request == "accepted"
    outcome = outcome_of(site.bench.app(), "an-id")
    assert outcome is not None and outcome.state == "done"
    assert site.bench.state()["operation"]["retry"] == {"limit": 2}, "an endless retry goes by no condition of ours"


# -- what it cannot do, or only with git --------------------------------------------------------------------


async def test_rule_12_without_git_this_road_syncs_nothing_and_says_which_one_does(
    site: Field, server: Gateway
) -> None:
    first = site.bench.status()["history"][0]["revision"]
    site.bench.git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")
    await site.perform("sync")
    site.bench.git.reachable = False
    await site.bench.refresh()
    for action, options in (("sync", {"revision": first}), ("rollback", {})):
        with pytest.raises(Refused, match=r'a revision that was fetched before needs no git \(\[argocd\] acts = "kub'):
            await site.perform(action, **options)
        assert "argocd-server looks a revision up in git" in site.questions[-1].text
    assert "operation" not in site.bench.app()
    with pytest.raises(Refused, match="looks into git before it takes a change of the spec"):
        await site.perform("auto-sync-on")


async def test_a_hanging_operation_is_not_cleared_on_this_road(site: Field, server: Gateway) -> None:
    with pytest.raises(SpottuiError, match="cannot take an operation away that hangs"):
        await site.perform("force-clear")
    assert server.writes == [] and site.questions == []


# -- what comes in between -----------------------------------------------------------------------------------


async def test_an_operation_that_comes_in_between_is_shown_and_not_overwritten(site: Field, server: Gateway) -> None:
    bobs = {"initiatedBy": {"username": "bob"}, "sync": {}}

    def race(request: web.Request) -> None:
        if request.method == "POST":
            site.bench.edit(lambda app: app.update(operation=bobs))

    server.misbehave = race
    with pytest.raises(SpottuiError, match="an operation of bob is in progress"):
        await site.perform("sync")
    assert site.bench.app()["operation"] == bobs


async def test_an_operation_that_ended_before_it_was_terminated_is_told(site: Field, server: Gateway) -> None:
    site.bench.edit(lambda app: app.update(operation={"initiatedBy": {"username": "bob"}}))
    site.bench.edit(lambda app: app["status"]["operationState"].update(phase="Running"))

    def race(request: web.Request) -> None:
        if request.method == "DELETE":
            site.bench.edit(lambda app: app.pop("operation"))
            site.bench.edit(lambda app: app["status"]["operationState"].update(phase="Succeeded", message="all done"))

    server.misbehave = race
    with pytest.raises(SpottuiError, match="the operation changed before it was terminated: Succeeded, all done"):
        await site.perform("terminate")


async def test_an_answer_from_before_is_not_taken_for_the_end(site: Field, server: Gateway) -> None:
    site.bench.git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")
    old = site.bench.state()

    def lag(request: web.Request) -> None:
        server.lags = 2 if request.method in ("POST", "PATCH", "DELETE") else server.lags

    server.misbehave = lag
    await site.perform("sync")
    assert site.bench.state() != old and server.lags == 0
    assert "auto-sync is on" in await site.perform("auto-sync-on")
    assert "deleted" in await site.perform("delete", cascade="none")


# -- who is refused and who does not answer -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        ((401, 16, "invalid session: token expired"), LoginExpired, "argocd login"),
        ((403, 7, "permission denied: applications, sync, default/nav, sub: bot"), Forbidden, "sub: bot"),
        ((403, 7, "permission denied"), Forbidden, "not there, or this login may not see it"),
        ((403, 7, "cannot sync: blocked by sync window"), Refused, "blocked by sync window"),
        ((404, 5, 'applications.argoproj.io "nav" not found'), NotFound, "not found"),
        ((503, 14, 'connection error: desc = "transport: Error"'), Refused, "does not reach a part of Argo CD"),
    ],
)
async def test_a_refusal_of_the_write_is_told_as_what_it_is(
    site: Field, server: Gateway, answer: tuple[int, int, str], kind: type[SpottuiError], says: str
) -> None:
    server.misbehave = lambda request: error(*answer) if request.method == "POST" else None
    with pytest.raises(kind, match=says) as caught:
        await site.perform("sync")
    assert type(caught.value) is kind
    assert lines(site)[-1]["outcome"] == "failed" and "operation" not in site.bench.app()


async def test_a_gateway_that_gives_up_leaves_the_outcome_unknown(site: Field, server: Gateway) -> None:
    server.misbehave = lambda request: web.Response(status=504, text="timed out") if request.method == "POST" else None
    with pytest.raises(OutcomeUnknown, match=r"It is not known whether POST .*/sync was done"):
        await site.perform("sync")
    assert lines(site)[-1]["outcome"] == "unknown"


async def test_a_slow_server_leaves_the_outcome_unknown_after_a_while(
    site: Field, server: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spottui.actions.argocd_rest.ANSWERS_WITHIN", 0.1)
    monkeypatch.setattr("spottui.actions.argocd_rest.COMPARES_WITHIN", 0.1)

    server.hangs_on = lambda request: request.method == "POST" or "refresh" in request.query
    for action, says in (("sync", "did not answer within"), ("refresh", "not known whether nav was refreshed")):
        with pytest.raises(OutcomeUnknown, match=says):
            await site.perform(action)
        assert lines(site)[-1]["outcome"] == "unknown"


async def test_a_server_that_is_not_there_is_no_link_and_nothing_is_written_down(site: Field, server: Gateway) -> None:
    target = site.target()
    await server.stop()
    with pytest.raises(SpottuiError, match="cannot be reached") as caught:
        await site.runner.fields(_action("application.terminate"), target)
    assert caught.value.exit_status == 3


def _action(name: str) -> Any:
    from spottui.actions.registry import by_id

    return by_id(name)


async def test_who_makes_it_again_is_read_over_the_same_road(site: Field, server: Gateway) -> None:
    from tests.argo_gateway import SETS

    site.bench.objects.create(SETS, {"metadata": {"name": "fleet", "namespace": "argocd"}, "spec": {}})
    owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "fleet", "uid": "u"}
    site.bench.edit(lambda app: app["metadata"].update(ownerReferences=[owner]))
    await asyncio.wait_for(site.perform("auto-sync-on"), 20)
    assert "ApplicationSet fleet made it and sets its spec back within minutes." in site.questions[-1].text
    assert any(path.startswith("/api/v1/applicationsets/fleet") for _, path, _, _ in server.seen)


# -- in the program ------------------------------------------------------------------------------------------


async def test_a_key_goes_all_the_way_to_argocd_server(site: Field, server: Gateway, tmp_path: Path) -> None:
    site.bench.git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")
    await site.bench.refresh()
    (tmp_path / "token").write_text(TOKEN)
    where: Any = {"argocd__url": f"http://127.0.0.1:{server.port}", "argocd__token_file": str(tmp_path / "token")}
    app = make_app(tmp_path, safety__start_unlocked=True, argocd__acts="rest", **where)
    record = one("applications", site.bench.app())
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *everything_listed(), heard("applications", record))
        await pilot.press("5", "s")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        await pilot.press("y")
        await until(lambda: server.writes, pilot)
        site.bench.clock.speed = 50.0
        running = asyncio.create_task(site.bench.clock.run())
        log = tmp_path / ".local/state/spottui/audit.jsonl"
        await until(lambda: "nav: synced to " in log.read_text(), pilot)
        running.cancel()
    assert site.bench.state()["operation"]["initiatedBy"] == {"username": LOGIN}


# -- the setting -----------------------------------------------------------------------------------------------


def settings(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text)
    return load(environ={}, home=folder, folder=folder, flags={}, config_file=path, actions={})


def test_commands_take_the_kubernetes_api_unless_told_otherwise(tmp_path: Path) -> None:
    url = 'url = "https://argo.robot"\n'
    assert argocd_acts(settings(tmp_path, f"[argocd]\n{url}"), {}, tmp_path) is None
    port = argocd_acts(settings(tmp_path, f'[argocd]\n{url}acts = "rest"\n'), {}, tmp_path)
    assert port is not None and port.url == "https://argo.robot"
    with pytest.raises(BadConfig, match=r"argocd\.url says no address"):
        argocd_acts(settings(tmp_path, '[argocd]\nacts = "rest"\n'), {}, tmp_path)
    with pytest.raises(BadConfig, match="one of kubernetes, rest"):
        settings(tmp_path, '[argocd]\nacts = "grpc"\n')

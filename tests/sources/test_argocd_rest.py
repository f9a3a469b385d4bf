"""The REST road to Argo CD against a fake argocd-server: same records, refusals in its words, streams that end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web

from spottui.actions.argocd_rest import RestRoad
from spottui.errors import (
    Conflict,
    Forbidden,
    LoginExpired,
    NotFound,
    OutcomeUnknown,
    Refused,
    SpottuiError,
    Unreachable,
)
from spottui.events import AccessChanged, Event, KindAlive, LinkDown, ListEnded, ObjectsHeard
from spottui.records import Target
from spottui.sources.argocd import ArgocdSource
from spottui.sources.argocd_api import ArgocdApi, application_path, place_query
from spottui.sources.argocd_facts import commit, managed_resources
from spottui.sources.argocd_login import ArgocdLogin
from tests.sources.argocd_server import TOKEN, ArgocdServer, an_application, error
from tests.sources.fake_api import until
from tests.sources.wire import one

PLAIN = Target(kind="Application", namespace="argocd", name="plain", uid="uid-plain")


@pytest.fixture
async def server() -> AsyncIterator[ArgocdServer]:
    made = ArgocdServer()
    made.apps["plain"] = an_application()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def api(server: ArgocdServer) -> AsyncIterator[ArgocdApi]:
    made = ArgocdApi(f"http://127.0.0.1:{server.port}", lambda: TOKEN, environ={})
    yield made
    await made.close()


@pytest.fixture
async def heard(api: ArgocdApi) -> AsyncIterator[list[Event]]:
    events: list[Event] = []

    async def listen() -> None:
        source = ArgocdSource(api, lambda: 0.0, sleep=lambda seconds: asyncio.sleep(min(seconds, 0.02)))
        async for event in source.events():
            events.append(event)

    task = asyncio.create_task(listen())
    yield events
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_an_application_is_the_same_record_on_both_roads(server: ArgocdServer, heard: list[Event]) -> None:
    await until(lambda: any(isinstance(e, ObjectsHeard) for e in heard))
    listed = next(e for e in heard if isinstance(e, ObjectsHeard))
    assert listed.changed == (one("applications", server.apps["plain"]),)
    await until(lambda: server.streams)
    server.event("MODIFIED", changed := an_application(sync={"status": "OutOfSync"}))
    record = one("applications", changed)
    await until(lambda: any(isinstance(e, ObjectsHeard) and e.changed == (record,) for e in heard))
    server.event("DELETED", changed)
    await until(lambda: any(isinstance(e, ObjectsHeard) and e.gone == ("uid-plain",) for e in heard))


async def test_a_keep_alive_says_that_the_rows_are_up_to_date(server: ArgocdServer, heard: list[Event]) -> None:
    await until(lambda: server.streams)
    server.send(b":\n")
    await until(lambda: any(isinstance(e, KindAlive) for e in heard))


async def test_a_stream_that_ends_is_opened_again_after_a_fresh_list(server: ArgocdServer, heard: list[Event]) -> None:
    await until(lambda: server.streams)
    del server.apps["plain"]
    server.cut()
    empty = ListEnded("applications", frozenset(), 0.0)
    await until(lambda: empty in heard and server.streams)


async def test_a_lost_server_is_a_lost_link_and_a_refusal_is_not(server: ArgocdServer, heard: list[Event]) -> None:
    await until(lambda: server.streams)
    server.misbehave = lambda request: error(403, 7, "permission denied: projects, get, x, sub: bot")
    server.cut()
    await until(lambda: any(isinstance(e, AccessChanged) and e.access.state == "forbidden" for e in heard))
    assert not any(isinstance(e, LinkDown) for e in heard)
    server.misbehave = lambda request: web.Response(status=504, text="upstream timed out")
    await until(lambda: any(isinstance(e, LinkDown) for e in heard))


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        (401, 16, "invalid session: expired", LoginExpired),
        (403, 7, "permission denied: applications, sync, default/hook, sub: bot", Forbidden),
        (403, 7, "cannot sync: blocked by sync window", Refused),
        (404, 5, 'applications.argoproj.io "x" not found', NotFound),
        (400, 9, "another operation is already in progress", Conflict),
        (503, 14, 'connection error: desc = "transport: Error"', Refused),
    ],
)
async def test_a_refusal_is_told_in_argo_cds_words(
    server: ArgocdServer, api: ArgocdApi, status: int, code: int, text: str, kind: type[SpottuiError]
) -> None:
    server.misbehave = lambda request: error(status, code, text)
    with pytest.raises(kind) as caught:
        await api.request("GET", "/api/v1/applications/x")
    assert type(caught.value) is kind
    assert text in str(caught.value)


async def test_not_there_and_hidden_are_two_sights(api: ArgocdApi) -> None:
    with pytest.raises(NotFound):
        await api.request("GET", application_path("gone"), query=place_query("argocd", "default"))
    with pytest.raises(Forbidden, match="not there, or this login may not see it"):
        await api.request("GET", application_path("gone"))


async def test_a_captive_portal_and_a_slow_server_are_unreachable(server: ArgocdServer, api: ArgocdApi) -> None:
    server.misbehave = lambda request: web.Response(text="<html>Pay</html>", content_type="text/html")
    with pytest.raises(Unreachable, match="captive portal"):
        await api.get_json("/api/version")
    server.is_slow.set()
    with pytest.raises(Unreachable, match="did not answer"):
        await api.request("GET", "/api/v1/applications", timeout=0.1)
    with pytest.raises(OutcomeUnknown):
        await api.request("DELETE", application_path("plain", "operation"), timeout=0.1)


async def test_rule_11_every_act_sends_exactly_the_one_content_type(server: ArgocdServer, api: ArgocdApi) -> None:
    road, app = RestRoad(api), server.apps["plain"]
    sync = {"prune": True, "syncOptions": ["A=b"], "syncStrategy": {"apply": {}}}
    await road.start(PLAIN, app, {"sync": sync}, "spottui:ana@base")
    await road.start(PLAIN, app, {"sync": {}}, "spottui:ana@base", 0)
    await road.change(PLAIN, app, {"spec": {}})
    await road.terminate(PLAIN, app)
    await road.delete(PLAIN, app, "")
    writes = [each for each in server.seen if each[0] != "GET"]
    assert [each[0] for each in writes] == ["POST", "POST", "PATCH", "DELETE", "DELETE"]
    assert {each[2] for each in writes} == {"application/json"}
    assert writes[0][3]["syncOptions"] == {"items": ["A=b"]}
    assert writes[0][3]["strategy"] == {"apply": {}}
    assert writes[1][3]["id"] == 0
    with pytest.raises(Refused, match="Invalid content type"):  # the server really looks at it
        await with_charset(api)


async def with_charset(api: ArgocdApi) -> None:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spottui.sources.argocd_api.JSON", kind)
        await api.request("DELETE", application_path("plain", "operation"))


def test_the_login_of_argo_cds_own_command_line_is_used(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "contexts: [{name: r, server: argo.robot, user: u}]\nservers: [{server: argo.robot}]\n"
        "users: [{name: u, auth-token: secret}]\n"
    )
    login = ArgocdLogin("https://argo.robot", config=config)
    assert login.token() == "secret"
    assert "secret" not in repr(login)
    with pytest.raises(LoginExpired, match="argocd login"):
        ArgocdLogin("https://other.robot", config=config).token()


async def test_targets_and_a_commits_words_are_read(server: ArgocdServer, api: ArgocdApi) -> None:
    answers = {
        "managed-resources": {"items": [{"kind": "Pod", "targetState": '{"a": 1}', "liveState": "null"}]},
        "metadata": {"author": "Ana\x1b[31m", "date": "2026-11-24T05:00:00Z", "message": "more"},
    }
    server.misbehave = lambda request: web.json_response(answers[request.path.split("/")[-1]])
    (row,) = await managed_resources(api, "argocd", "plain", "default")
    assert (row["targetState"], row["liveState"]) == ({"a": 1}, None)
    said = await commit(api, "argocd", "plain", "c0ffee")
    assert (said.author, said.message) == ("Ana", "more")

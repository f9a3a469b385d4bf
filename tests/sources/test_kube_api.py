"""Requests to an API server: credentials, errors in words, bytes counted, and lines of any length."""

from __future__ import annotations

import asyncio
import gzip
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from spottui.errors import (
    Conflict,
    Expired,
    Forbidden,
    LoginExpired,
    NotFound,
    OutcomeUnknown,
    Refused,
    SpottuiError,
    TryLater,
    Unreachable,
)
from spottui.sources import kube_api, kube_socket, kube_transport
from spottui.sources.kube_api import JSON_PATCH, MERGE_PATCH, KubeApi
from spottui.sources.kube_lines import LineStream
from spottui.sources.kube_proxy import Proxy

from .fake_api import FakeApi, an_object, html, status, until
from .kube_opening import configured, failure, no_login

# -- what is sent


async def test_a_list_comes_back_unpacked_and_the_packed_bytes_are_counted(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    for number in range(400):
        fake.add("pods", an_object(f"pod-{number}"))
    api = configured(fake, tmp_path, apis)
    body = await api.request("GET", "/api/v1/pods", query=[("limit", "500")])
    assert body.count(b'"uid"') == 400
    assert 0 < api.bytes_in < len(body)
    assert api.bytes_out > 0
    assert api.requests == 1
    assert fake.seen[0].headers["User-Agent"].startswith("spottui/")


async def test_a_connection_asks_a_silent_server_whether_it_is_there(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[socket.socket] = []

    def kept(address: Any) -> socket.socket:
        made.append(kube_socket.kept_alive(address))
        return made[-1]

    monkeypatch.setattr(kube_transport, "kept_alive", kept)
    await configured(fake, tmp_path, apis).get_json("/version")
    assert made[0].getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert made[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 10


async def test_renewed_connections_are_new_and_what_is_under_way_goes_on(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis)
    async with api.stream("/api/v1/pods", [("watch", "1")]) as lines:
        await api.get_json("/version")
        api.renew_connections()
        await api.get_json("/version")
        peers = [request.transport.get_extra_info("peername") for request in fake.seen if request.transport]
        assert len(set(peers)) == len(peers) >= 2
        fake.add("pods", an_object("new"))
        async for line in lines:
            assert b"new" in line
            break


async def test_a_patch_goes_out_with_the_content_type_that_it_was_given(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis)
    await api.request("PATCH", "/api/v1/pods/x", body={"a": 1}, content_type=JSON_PATCH)
    await api.request("PATCH", "/api/v1/pods/x", body=[{"op": "test"}], content_type=MERGE_PATCH)
    await api.request("DELETE", "/api/v1/pods/x", body={"preconditions": {"uid": "u"}})
    assert fake.bodies == [
        ("PATCH", JSON_PATCH, b'{"a":1}'),
        ("PATCH", MERGE_PATCH, b'[{"op":"test"}]'),
        ("DELETE", "application/json", b'{"preconditions":{"uid":"u"}}'),
    ]


async def test_the_user_that_a_kubeconfig_acts_as_is_sent_along(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis, user={"as": "jane", "as-groups": ["a", "b"]})
    await api.get_json("/version")
    assert fake.seen[0].headers["Impersonate-User"] == "jane"
    assert fake.seen[0].headers.getall("Impersonate-Group") == ["a", "b"]


# -- refusals


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (401, LoginExpired),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (410, Expired),
        (422, Refused),
        (429, TryLater),
        (503, Refused),
    ],
)
async def test_each_refusal_is_its_own_error(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi], code: int, kind: type[SpottuiError]
) -> None:
    fake.misbehave = lambda _request: status(code, "the \x1b[31mserver's\u202e words")
    error = await failure(configured(fake, tmp_path, apis), "PATCH")
    assert type(error) is kind
    assert "\x1b" not in str(error)
    assert code == 401 or str(error) == "The server's words."


async def test_an_eviction_that_a_budget_forbids_names_the_budget(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    cause = {
        "reason": "DisruptionBudget",
        "message": "The disruption budget cam needs 1 healthy pods and has 1 currently",
    }
    refusal = {
        "kind": "Status",
        "code": 429,
        "message": "Cannot evict pod as it would violate the pod's disruption budget.",
        "details": {"causes": [cause]},
    }
    fake.misbehave = lambda _request: web.json_response(refusal, status=429)
    error = await failure(configured(fake, tmp_path, apis), "POST")
    assert str(error) == "The disruption budget cam needs 1 healthy pods and has 1 currently."


async def test_what_is_forbidden_names_verb_resource_and_user(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    fake.forbidden.add(("list", "pods"))
    error = await failure(configured(fake, tmp_path, apis))
    words = 'User "operator" cannot list resource "pods" in API group "" at the cluster scope.'
    assert str(error) == words


async def test_a_web_page_is_a_captive_portal_and_no_api(fake: FakeApi, tmp_path: Path, apis: list[KubeApi]) -> None:
    api = configured(fake, tmp_path, apis)
    fake.misbehave = html
    assert "captive portal" in str(await failure(api))
    fake.misbehave = lambda _request: web.Response(status=302, headers={"Location": "http://login/"})
    assert "a redirection (HTTP 302)" in str(await failure(api))
    fake.misbehave = lambda _request: web.Response(text="<!DOCTYPE html>", content_type="application/json")
    with pytest.raises(Unreachable, match="captive portal"):
        await api.get_json("/version")


async def test_a_reply_that_is_no_json_or_half_a_gzip_is_said_so(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis)
    fake.misbehave = lambda _request: web.Response(text="SSH-2.0-OpenSSH")
    with pytest.raises(Unreachable, match="no JSON"):
        await api.get_json("/version")
    half = gzip.compress(b"x" * 10_000)[:-20]
    fake.misbehave = lambda _request: web.Response(body=half, headers={"Content-Encoding": "gzip"})
    assert "only a part of its reply" in str(await failure(api))


# -- no answer


async def test_a_refused_connection_says_that_the_computer_is_there(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis)
    await fake.stop()
    error = await failure(api)
    assert type(error) is Unreachable
    assert "connection refused" in str(error)


async def test_a_name_that_nobody_knows_is_said_so(apis: list[KubeApi], fake: FakeApi) -> None:
    apis.append(KubeApi(fake.place(server="http://robot.invalid:1")))
    api = apis[-1]
    api._login = no_login  # type: ignore[method-assign]
    assert "is not known here" in str(await failure(api))


async def test_a_server_that_does_not_answer_in_time_is_unreachable(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis)
    await api.connect()
    fake.freeze()
    error = await failure(api, timeout=0.1)
    assert isinstance(error, Unreachable)
    assert "did not answer within" in str(error)


async def test_a_change_that_left_and_got_no_answer_has_an_unknown_outcome(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis)
    await api.connect()
    fake.freeze()
    assert type(await failure(api, "PATCH", timeout=0.1)) is OutcomeUnknown
    assert isinstance(await failure(api, "POST", timeout=0.1, changes=False), Unreachable)


async def test_a_change_that_cannot_have_left_is_plainly_unreachable(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis)
    await fake.stop()
    assert type(await failure(api, "DELETE")) is Unreachable


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
async def test_a_change_is_never_sent_twice_when_the_connection_breaks(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi], method: str
) -> None:
    def slam(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    fake.misbehave = slam
    error = await failure(configured(fake, tmp_path, apis), method)
    assert type(error) is OutcomeUnknown
    assert len(fake.seen) == 1


async def test_a_proxy_that_is_down_is_named_with_where_it_comes_from(apis: list[KubeApi], fake: FakeApi) -> None:
    proxy = Proxy("http://me:secret@127.0.0.1:9", "HTTPS_PROXY")
    apis.append(KubeApi(fake.place(server="https://robot:16443", proxy=proxy)))
    apis[-1]._login = no_login  # type: ignore[method-assign]
    error = str(await failure(apis[-1]))
    assert "The proxy http://127.0.0.1:9 (HTTPS_PROXY) does not lead to https://robot:16443" in error
    assert "secret" not in error + repr(apis[-1])


async def test_a_proxy_that_says_no_is_named(apis: list[KubeApi], fake: FakeApi) -> None:
    proxy = Proxy(f"http://127.0.0.1:{fake.port}", "proxy-url of the kubeconfig")
    apis.append(KubeApi(fake.place(server="https://robot:16443", proxy=proxy)))
    apis[-1]._login = no_login  # type: ignore[method-assign]
    error = str(await failure(apis[-1]))
    assert "proxy-url of the kubeconfig" in error
    assert "it answered HTTP 404" in error  # the fake knows no CONNECT


async def test_proxy_variables_of_the_process_are_not_looked_at(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await configured(fake, tmp_path, apis).get_json("/version")


# -- lines


@pytest.mark.parametrize("is_packed", [False, True])
async def test_lines_of_any_length_come_whole(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi], is_packed: bool
) -> None:
    fake.packs_watches = is_packed
    api = configured(fake, tmp_path, apis)
    lines = api.watch("/api/v1/pods", [("watch", "1")])
    first = asyncio.ensure_future(anext(lines))
    await until(fake.watched)
    big = b"x" * 3_000_000
    fake.say("pods", b"short\n" + big[:5])
    assert await first == b"short"
    fake.say("pods", big[5:] + b"\nlast without an end")
    fake.end_watches()
    assert [line async for line in lines] == [big, b"last without an end"]


async def test_a_line_that_is_far_too_long_is_dropped_with_an_error(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LineStream.__init__, "__kwdefaults__", {"max_line": 2**20})
    api = configured(fake, tmp_path, apis)
    async with api.stream("/api/v1/pods", [("watch", "1")]) as lines:
        fake.say("pods", b"x" * (2**20 + 1))
        with pytest.raises(Refused, match="a line of more than 1 MB, which was dropped"):
            async for _ in lines:
                pytest.fail("half a line came")


async def test_a_silent_stream_is_dead_after_its_idle_timeout(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis)
    with pytest.raises(Unreachable, match="has sent nothing for"):
        async for _ in api.watch("/api/v1/pods", [("watch", "1")], idle_timeout=0.1):
            pytest.fail("nothing was said")


async def test_a_stream_that_is_refused_raises_before_it_is_entered(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    fake.compact()
    api = configured(fake, tmp_path, apis)
    with pytest.raises(Expired):
        async with api.stream("/api/v1/pods", [("watch", "1"), ("resourceVersion", "1")]):
            pytest.fail("it was entered")


def test_nothing_heavy_is_imported_with_the_module() -> None:
    program = f"import sys, {kube_api.__name__}; sys.exit('kubernetes' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

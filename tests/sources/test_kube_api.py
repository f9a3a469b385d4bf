"""Requests to an API server: credentials, errors in words, bytes counted, and lines of any length."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from spottui.errors import (
    BadConfig,
    Conflict,
    Expired,
    Forbidden,
    LoginExpired,
    NotFound,
    OutcomeUnknown,
    Refused,
    SpottuiError,
    Unreachable,
)
from spottui.sources import kube_api
from spottui.sources.kube_api import JSON_PATCH, MERGE_PATCH, KubeApi
from spottui.sources.kube_certificate import certificate_end, token_end
from spottui.sources.kube_lines import LineStream
from spottui.sources.kube_proxy import Proxy
from spottui.sources.kubeconfig import find_cluster

from .fake_api import FakeApi, an_object, html, running, status, until


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
        (429, Refused),
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
    api._login = _no_login  # type: ignore[method-assign]
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
    apis[-1]._login = _no_login  # type: ignore[method-assign]
    error = str(await failure(apis[-1]))
    assert "The proxy http://127.0.0.1:9 (HTTPS_PROXY) does not lead to https://robot:16443" in error
    assert "secret" not in error + repr(apis[-1])


async def test_a_proxy_that_says_no_is_named(apis: list[KubeApi], fake: FakeApi) -> None:
    proxy = Proxy(f"http://127.0.0.1:{fake.port}", "proxy-url of the kubeconfig")
    apis.append(KubeApi(fake.place(server="https://robot:16443", proxy=proxy)))
    apis[-1]._login = _no_login  # type: ignore[method-assign]
    error = str(await failure(apis[-1]))
    assert "proxy-url of the kubeconfig" in error
    assert "it answered HTTP 404" in error  # the fake knows no CONNECT


async def test_proxy_variables_of_the_process_are_not_looked_at(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await configured(fake, tmp_path, apis).get_json("/version")


# -- credentials


async def test_a_token_renewed_on_disk_is_read_again_and_the_request_repeated_once(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    fake.token = "first"
    api = configured(fake, tmp_path, apis, user={"tokenFile": str(token)})
    await api.get_json("/version")
    fake.token = "second"
    token.write_text("second\n")
    await api.get_json("/version")
    assert [request.headers["Authorization"] for request in fake.seen] == [
        "Bearer first",
        "Bearer first",
        "Bearer second",
    ]


async def test_an_expired_login_is_not_tried_again_and_shows_no_token(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    fake.token = "other"
    api = configured(fake, tmp_path, apis, user={"token": "very-secret"})
    errors = await asyncio.gather(*(failure(api) for _ in range(13)))
    assert {type(error) for error in errors} == {LoginExpired}
    assert "very-secret" not in "".join(map(str, errors)) + repr(api) + repr(api.place)
    assert len(fake.seen) == 13


async def test_a_login_that_says_when_it_ended_is_told_with_the_time(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    fake.token = "other"
    jwt = "e30.eyJleHAiOjE3OTU1MDAwMDB9.c2ln"
    assert token_end(f"Bearer {jwt}") == 1795500000.0
    api = configured(fake, tmp_path, apis, user={"token": jwt})
    api._clock = lambda: 1795500001.0
    error = str(await failure(api))
    assert "user operator, which ended 2026-11-24 06:00 UTC" in error


def plugin(folder: Path, text: str) -> dict[str, Any]:
    """Return a user whose login plugin is a Python program."""
    program = folder / "plugin.py"
    program.write_text(text)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": sys.executable, "args": [str(program)]}}


CREDENTIAL = """
import json, pathlib, sys
assert sys.stdin.read() == ""
count = pathlib.Path(__file__).with_name("runs")
runs = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(runs))
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": {"token": f"token-{runs}"}}))
"""


async def test_a_login_plugin_runs_once_for_all_and_again_when_its_token_is_refused(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    fake.token = "token-2"
    api = configured(fake, tmp_path, apis, user=plugin(tmp_path, CREDENTIAL))
    await asyncio.gather(*(api.get_json("/version") for _ in range(5)))
    assert (tmp_path / "runs").read_text() == "2"


async def test_a_login_plugin_that_fails_is_named_with_what_it_said(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    user = plugin(tmp_path, "import sys; sys.exit('\x1b[31mplease log in')")
    error = await failure(configured(fake, tmp_path, apis, user=user))
    assert isinstance(error, LoginExpired)
    assert "failed: please log in. Run it in a shell" in str(error)


async def test_a_login_plugin_that_is_missing_or_speaks_nonsense_is_a_sentence(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    user = plugin(tmp_path, "print('hello')")
    assert "no ExecCredential" in str(await failure(configured(fake, tmp_path, apis, user=user)))
    user["exec"]["command"] = "no-such-plugin"
    assert "No such file" in str(await failure(configured(fake, tmp_path, apis, user=user)))


# -- TLS


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make an authority, a server certificate for 127.0.0.1, a client's that ended, and another authority."""
    folder = tmp_path_factory.mktemp("authority")
    for name in ("ca", "other"):
        subject = ("-subj", f"/CN={name}", "-days", "9", "-addext", "keyUsage=critical,keyCertSign")
        files = ("-keyout", f"{name}.key", "-out", f"{name}.crt")
        openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, *subject)
    (folder / "server.cnf").write_text("subjectAltName=IP:127.0.0.1\n")
    (folder / "elsewhere.cnf").write_text("subjectAltName=DNS:elsewhere\n")
    (folder / "client.cnf").write_text("extendedKeyUsage=clientAuth\n")
    for name, days in (("server", "9"), ("elsewhere", "9"), ("client", "-1")):
        asked = ("-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", *asked)
        signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.cnf")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.crt", "-days", days, *signed)
    yield folder


def server_context(authority: Path, name: str = "server") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / f"{name}.crt", authority / f"{name}.key")
    return context


def secured(fake: FakeApi, ca: Path, **more: Any) -> dict[str, Any]:
    cluster = {"server": f"https://127.0.0.1:{fake.port}", "certificate-authority": str(ca)}
    return {"cluster": {**cluster, **more}}


async def test_the_right_authority_is_trusted_and_its_data_may_be_renewed_on_disk(
    authority: Path, tmp_path: Path, apis: list[KubeApi]
) -> None:
    ca = tmp_path / "ca.crt"
    ca.write_bytes((authority / "other.crt").read_bytes())
    async with running(server_context(authority)) as fake:
        api = configured(fake, tmp_path, apis, **secured(fake, ca))
        error = str(await failure(api))
        assert "a certificate authority that the kubeconfig does not name" in error
        ca.write_bytes((authority / "ca.crt").read_bytes())
        api._unchanged_at = float("-inf")  # the pause between two readings is over
        assert await api.get_json("/version")


async def test_a_pod_logs_in_with_its_service_account_and_with_its_rotated_token(
    authority: Path, tmp_path: Path, apis: list[KubeApi]
) -> None:
    (tmp_path / "ca.crt").write_bytes((authority / "ca.crt").read_bytes())
    (tmp_path / "token").write_text("first\n")
    async with running(server_context(authority)) as fake:
        fake.token = "first"
        server = f"https://127.0.0.1:{fake.port}"
        apis.append(KubeApi(fake.place(kind="in-cluster", paths=(tmp_path,), server=server)))
        assert await apis[-1].get_json("/version")
        fake.token = "second"
        (tmp_path / "token").write_text("second")
        assert await apis[-1].get_json("/version")


async def test_a_certificate_of_another_name_is_said_so_and_tls_server_name_helps(
    authority: Path, tmp_path: Path, apis: list[KubeApi]
) -> None:
    async with running(server_context(authority, "elsewhere")) as fake:
        api = configured(fake, tmp_path, apis, **secured(fake, authority / "ca.crt"))
        assert "is made out to another address" in str(await failure(api))
        more = secured(fake, authority / "ca.crt", **{"tls-server-name": "elsewhere"})
        assert await configured(fake, tmp_path, apis, **more).get_json("/version")


async def test_an_expired_client_certificate_is_told_with_when_it_ended(
    authority: Path, tmp_path: Path, apis: list[KubeApi]
) -> None:
    ended = certificate_end((authority / "client.crt").read_bytes())
    assert ended is not None
    user = {
        "client-certificate": str(authority / "client.crt"),
        "client-key": str(authority / "client.key"),
    }
    async with running(server_context(authority)) as fake:
        fake.misbehave = lambda _request: status(401, "Unauthorized")  # what a real API server says
        api = configured(fake, tmp_path, apis, user=user, **secured(fake, authority / "ca.crt"))
        api._clock = lambda: ended + 60
        error = await failure(api)
    assert isinstance(error, LoginExpired)
    assert "which ended 20" in str(error)


async def test_a_server_that_refuses_an_expired_client_certificate_in_tls_says_so_too(
    authority: Path, tmp_path: Path, apis: list[KubeApi]
) -> None:
    context = server_context(authority)
    context.load_verify_locations(authority / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    user = {
        "client-certificate": str(authority / "client.crt"),
        "client-key": str(authority / "client.key"),
    }
    async with running(context) as fake:
        more = secured(fake, authority / "ca.crt")
        error = await failure(configured(fake, tmp_path, apis, user=user, **more))
    assert isinstance(error, Unreachable)
    assert "refuses" in str(error)
    assert "client certificate" in str(error) or "user operator, which ended 20" in str(error)


async def test_plain_http_on_the_port_is_told_from_a_broken_certificate(
    fake: FakeApi, authority: Path, tmp_path: Path, apis: list[KubeApi]
) -> None:
    api = configured(fake, tmp_path, apis, **secured(fake, authority / "ca.crt"))
    assert "does not speak TLS on this port" in str(await failure(api))


async def test_a_certificate_file_that_is_none_is_a_bad_config(
    fake: FakeApi, tmp_path: Path, apis: list[KubeApi]
) -> None:
    ca = tmp_path / "ca.crt"
    ca.write_text("no certificate")
    api = configured(fake, tmp_path, apis, **secured(fake, ca))
    with pytest.raises(BadConfig, match="cannot be used"):
        await api.connect()


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


async def _no_login() -> Any:
    """Stand in for the credentials of a place without files."""
    from spottui.sources.kube_login import Login

    return Login([], None, None)

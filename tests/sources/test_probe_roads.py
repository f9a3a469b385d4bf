"""Probes that go by another road: through proxies, and by the client of the cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from spottui.errors import Forbidden, LoginExpired, Refused, TryLater, Unreachable
from spottui.sources.kube_proxy import Proxy
from spottui.sources.probe_ask import CERTIFICATE_EVERY, Asker
from spottui.sources.probe_judge import Answer
from spottui.sources.probe_targets import api_target, argocd_target, own_target
from tests.sources.probe_case import (
    GIT_REPLY,
    NOW,
    Handle,
    Here,
    Server,
    asker,
    certificate,
    git,
    served,
    target,
)
from tests.sources.test_probe_targets import pod

# -- proxies -----------------------------------------------------------------------------------------------


def tunnelling(asked: list[bytes], status: bytes = b"200") -> Handle:
    """Return a proxy that leads every CONNECT to the port it names, on this computer."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head)
        writer.write(b"HTTP/1.1 %s x\r\n\r\n" % status)
        if status != b"200":
            return
        port = int(head.split()[1].rpartition(b":")[2])
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(4096):
                sink.write(data)

        try:
            await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))
        finally:
            inner_writer.transport.abort()

    return handle


async def test_https_goes_through_the_proxy_that_the_environment_names(authority: Any, trusting: Any) -> None:
    asked: list[bytes] = []
    async with (
        served(Server(GIT_REPLY), certificate(authority, "git.example")) as port,
        served(tunnelling(asked)) as proxy,
    ):
        answer = await asker(trusting, HTTPS_PROXY=f"http://ana:pw@proxy.example:{proxy}")(git(port))
        assert answer.verdict == "good"
        assert asked[0].startswith(b"CONNECT git.example:%d HTTP/1.1\r\n" % port)
        assert b"Proxy-Authorization: Basic YW5hOnB3\r\n" in asked[0]
        passed_by = await asker(trusting, HTTPS_PROXY=f"http://proxy.example:{proxy}", NO_PROXY="git.example")(
            git(port)
        )
        assert passed_by.verdict == "good" and len(asked) == 1


async def test_a_proxy_that_refuses_is_named_without_its_password(trusting: Any) -> None:
    async with served(tunnelling([], b"407")) as proxy:
        answer = await asker(trusting, HTTPS_PROXY=f"http://ana:hunter2@proxy.example:{proxy}")(git(443))
    assert answer.verdict == "none" and "proxy.example" in answer.reason and "407" in answer.reason
    assert "hunter2" not in answer.reason
    answer = await asker(trusting, HTTPS_PROXY="socks5://proxy.example:1")(git(443))
    assert answer.verdict == "none" and "cannot be used" in answer.reason


async def test_plain_http_names_the_whole_url_to_the_proxy() -> None:
    server = Server(b"HTTP/1.1 204 No Content\r\n\r\n")
    async with served(server) as proxy:
        answer = await asker(HTTP_PROXY=f"proxy.example:{proxy}")(target(own_target("x", "http://site.example/up")))
    assert answer.verdict == "good"
    assert server.heard[0].startswith(b"GET http://site.example/up HTTP/1.1\r\nHost: site.example\r\n")


# -- behind our own client ---------------------------------------------------------------------------------


class Api:
    """Our own client: answers or raises what a test puts in."""

    class _Place:
        proxy: Proxy | None = None

        def __init__(self, server: str) -> None:
            self.server = server

    def __init__(self, server: str, *answers: bytes | Exception) -> None:
        self.place = self._Place(server)
        self.answers, self.paths = list(answers), list[str]()

    async def request(self, method: str, path: str, *, timeout: float = 10.0) -> bytes:
        self.paths.append(path)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def through(api: Api | None, clock: Callable[[], float] = lambda: NOW) -> Asker:
    return Asker({}, lambda: api, clock=clock, names=Here(), deadline=3.0)


async def test_the_api_server_is_asked_by_our_own_client_and_its_certificate_seldom(authority: trustme.CA) -> None:
    moment = NOW
    sent: list[bytes] = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent.append(await reader.read(100))

    async with served(listening, certificate(authority, "10.1.2.3")) as port:
        api = Api(f"https://10.1.2.3:{port}", b"{}")
        ask = through(api, lambda: moment)
        answers = [await ask(target(api_target(api.place.server))) for _ in range(3)]
        assert [answer.verdict for answer in answers] == ["good"] * 3
        assert all(answer.tls_until is not None and answer.peer == "127.0.0.1" for answer in answers)
        assert answers[0].bytes_in > 500 and answers[1].bytes_in == answers[2].bytes_in == 0
        moment += CERTIFICATE_EVERY
        assert (await ask(target(api_target(api.place.server)))).bytes_in > 500
    assert not any(sent), "nothing but the handshake may be sent"
    assert api.paths == ["/version"] * 4


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (LoginExpired("Login expired."), "login"),
        (Forbidden("No."), "login"),
        (Refused("no endpoints available"), "none"),
        (TryLater("Too many requests."), "good"),
        (Unreachable("Refused."), "none"),
        (Unreachable("https://x answered HTML (HTTP 200): is this the API server, or a captive portal?"), "portal"),
    ],
)
async def test_what_our_client_says_is_taken_over(error: Exception, verdict: str) -> None:
    answer = await through(Api("http://10.1.2.3:1", error))(target(api_target("http://10.1.2.3:1")))
    assert (answer.verdict, answer.reason) == (verdict, str(error))


async def test_argo_cd_without_tls_of_its_own_is_asked_again_without_it() -> None:
    server = "https://10.1.2.3:6443"
    failure = Refused("error trying to reach service: tls: first record does not look like a TLS handshake")
    api = Api(server, failure, b"ok")
    ask = through(api)
    made = argocd_target(server, [pod("x", labels={"app.kubernetes.io/name": "argocd-server"}, namespace="argocd")])
    assert (await ask(target(made))).verdict == "good"
    assert (await ask(target(made))).verdict == "good"
    place = "/api/v1/namespaces/argocd/services/{}/proxy/healthz"
    assert api.paths == [
        place.format("https:argocd-server:443"),
        place.format("http:argocd-server:80"),
        place.format("http:argocd-server:80"),
    ]


async def test_without_a_cluster_nothing_is_asked() -> None:
    answer = await through(None)(target(api_target("https://10.1.2.3:6443")))
    assert answer == Answer(verdict="none", reason="No cluster is connected.")

"""Probes against small servers on loopback: good ones, half-open ones, portals, expired certificates, proxies."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from spottui.errors import Forbidden, LoginExpired, Refused, TryLater, Unreachable
from spottui.sources.kube_proxy import Proxy
from spottui.sources.probe_ask import CERTIFICATE_EVERY, TRUST_AGAIN, Asker
from spottui.sources.probe_judge import Answer
from spottui.sources.probe_targets import Target, api_target, argocd_target, git_target, own_target, registry_target
from spottui.sources.probe_wire import Names
from tests.sources.test_probe_targets import pod

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GIT_REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n000eversion 2\n"
REGISTRY_REPLY = b"HTTP/1.1 401 Unauthorized\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\r\n{}"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Accept our terms</html>" + b" " * 300
NOW = 1_800_000_000.0


class Here(Names):
    """Every name is this computer."""

    async def lookup(self, host: str, port: int) -> list[tuple[int, Any]]:
        return [(socket.AF_INET, ("127.0.0.1", port))]


class Server:
    """Says one thing to everybody, and remembers what it was asked."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.heard: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.reply)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def served(handle: Handle, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on loopback; give the port."""
    tasks: set[asyncio.Task[None]] = set()

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(handled, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The authority that this computer trusts."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a probe trusts: that authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def certificate(authority: trustme.CA, *names: str, expired: bool = False) -> ssl.SSLContext:
    """Return a server's context with a certificate for these names."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    when = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    leaf = authority.issue_cert(*names)
    if expired:
        leaf = authority.issue_cert(*names, not_before=when - datetime.timedelta(days=9), not_after=when)
    leaf.configure_cert(context)
    return context


def asker(trusting: ssl.SSLContext | None = None, *, deadline: float = 5.0, **environ: str) -> Asker:
    """Return what asks, with every name leading here and no cluster."""
    return Asker(environ, lambda: None, clock=lambda: NOW, names=Here(), context=trusting, deadline=deadline)


def target(made: Target | None) -> Target:
    assert made is not None
    return made


def git(port: int, host: str = "git.example") -> Target:
    return target(git_target(f"https://{host}:{port}/r/a.git"))


def registry(port: int) -> Target:
    return target(registry_target(f"registry.example:{port}"))


# -- HTTP --------------------------------------------------------------------------------------------------


async def test_a_git_server_is_reached_without_a_login_and_cheaply(authority: trustme.CA, trusting: Any) -> None:
    server = Server(GIT_REPLY)
    async with served(server, certificate(authority, "git.example")) as port:
        answer = await asker(trusting)(git(port))
    assert (answer.verdict, answer.reason, answer.peer) == ("good", "", "127.0.0.1")
    assert answer.round_trip is not None and 0 < answer.round_trip < 5
    assert answer.tls_until is not None and answer.tls_until > NOW
    assert 500 < answer.bytes_in < 6000 and 300 < answer.bytes_out < 4000
    asked = server.heard[0].decode()
    assert asked.startswith("GET /r/a.git/info/refs?service=git-upload-pack HTTP/1.1\r\n")
    assert f"Host: git.example:{port}\r\n" in asked and "Git-Protocol: version=2\r\n" in asked
    assert "authorization" not in asked.lower() and "cookie" not in asked.lower()


async def test_a_registry_that_wants_a_login_is_good(authority: trustme.CA, trusting: Any) -> None:
    async with served(Server(REGISTRY_REPLY), certificate(authority, "registry.example")) as port:
        assert (await asker(trusting)(registry(port))).verdict == "good"


async def test_a_redirect_is_not_followed(authority: trustme.CA, trusting: Any) -> None:
    elsewhere = Server(GIT_REPLY)
    async with served(elsewhere) as other:
        server = Server(b"HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example:%d/\r\n\r\n" % other)
        async with served(server) as port:
            made = target(own_target("site", f"http://site.example:{port}/"))
            answer = await asker(trusting)(made)
    assert answer.verdict == "portal" and "login.hotel.example" in answer.reason
    assert elsewhere.heard == [] and len(server.heard) == 1


async def test_a_certificate_for_another_name_is_a_portal(authority: trustme.CA, trusting: Any) -> None:
    async with served(Server(PAGE), certificate(authority, "login.hotel.example")) as port:
        answer = await asker(trusting)(git(port))
    assert answer.verdict == "portal" and "browser" in answer.reason
    async with served(Server(GIT_REPLY), certificate(authority, "login.hotel.example")) as port:
        answer = await asker(trusting)(git(port))
    assert answer.verdict == "portal" and "another name" in answer.reason


async def test_an_authority_unknown_here_is_reached_and_said(trusting: Any) -> None:
    unknown = trustme.CA()
    async with served(Server(REGISTRY_REPLY), certificate(unknown, "registry.example")) as port:
        answer = await asker(trusting)(registry(port))
    assert answer.verdict == "good" and "not trusted here" in answer.reason and answer.round_trip is not None
    async with served(Server(PAGE), certificate(unknown, "registry.example")) as port:
        assert (await asker(trusting)(registry(port))).verdict == "portal"


async def test_a_certificate_that_is_not_good_is_checked_again_only_now_and_then(trusting: Any) -> None:
    moment = NOW
    ask = Asker({}, lambda: None, clock=lambda: moment, names=Here(), context=trusting)
    async with served(Server(REGISTRY_REPLY), certificate(trustme.CA(), "registry.example")) as port:
        costs = [(await ask(registry(port))).bytes_in for _ in range(2)]
        moment += TRUST_AGAIN
        costs.append((await ask(registry(port))).bytes_in)
    assert costs[1] < 0.7 * costs[0] and costs[2] > 1.4 * costs[1]


async def test_an_expired_certificate_is_down_with_its_date(authority: trustme.CA, trusting: Any) -> None:
    async with served(Server(GIT_REPLY), certificate(authority, "git.example", expired=True)) as port:
        answer = await asker(trusting)(git(port))
    assert (answer.verdict, answer.reason) == ("none", "Its certificate has expired.")
    assert answer.tls_until == 1_577_836_800.0


async def test_a_web_page_without_tls_is_a_portal() -> None:
    async with served(Server(PAGE)) as port:
        answer = await asker()(target(git_target(f"http://git.example:{port}/r")))
    assert answer.verdict == "portal"


async def test_a_server_without_tls_is_said(trusting: Any) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(5)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await reader.read()

    async with served(plain) as port:
        answer = await asker(trusting)(git(port))
    assert answer.verdict == "none" and "does not speak TLS" in answer.reason


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def shut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_a_half_open_server_costs_its_deadline_and_no_more(authority: trustme.CA, trusting: Any) -> None:
    began = asyncio.get_running_loop().time()
    async with served(silent) as port:  # not even a handshake
        answer = await asker(trusting, deadline=0.2)(git(port))
    assert answer.verdict == "none" and "did not answer within" in answer.reason
    async with served(silent, certificate(authority, "git.example")) as port:  # a handshake, and nothing after it
        answer = await asker(trusting, deadline=0.3)(git(port))
    assert answer.verdict == "none" and answer.round_trip is None and answer.bytes_in > 500
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_connection_that_is_cut_is_said(authority: trustme.CA, trusting: Any) -> None:
    plain = lambda port: target(git_target(f"http://git.example:{port}/r"))  # noqa: E731
    for handle in (reset, shut):
        async with served(handle) as port:
            answer = await asker()(plain(port))
        assert answer.verdict == "none" and ("cut" in answer.reason or "closed" in answer.reason)
    async with served(reset) as port:
        assert (await asker(trusting)(git(port))).verdict == "none"
    with socket.socket() as taken:  # bound and not listening: refused
        taken.bind(("127.0.0.1", 0))
        answer = await asker()(plain(taken.getsockname()[1]))
    assert answer.reason == "It cannot be reached: the connection is refused."


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while sent < 50_000_000:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    async with served(endless) as port:
        answer = await asker()(target(own_target("site", f"http://site.example:{port}/")))
    assert answer.verdict == "good"
    assert answer.bytes_in < 100_000 and sent < 5_000_000


async def test_an_endless_head_is_given_up() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: " + b"y" * 1000 + b"\r\n")
            await writer.drain()

    async with served(endless) as port:
        answer = await asker()(target(own_target("site", f"http://site.example:{port}/")))
    assert answer.verdict == "good" and answer.bytes_in < 100_000


async def test_a_name_that_nobody_knows_is_said() -> None:
    class Nobody:
        def __call__(self, *_: object, **__: object) -> Any:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", Nobody())
        ask = Asker({}, lambda: None, clock=lambda: NOW)
        answer = await ask(git(443))
    assert answer.verdict == "none" and answer.reason == "The name git.example is not known: no name server knows it."


# -- ssh, tcp ----------------------------------------------------------------------------------------------


async def test_an_ssh_remote_is_good_once_it_says_who_it_is() -> None:
    async def sshd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        await reader.read(100)

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 302 Found\r\nLocation: http://login/\r\n\r\n")
        await reader.read(100)

    for handle, verdict in ((sshd, "good"), (other, "portal"), (reset, "none")):
        async with served(handle) as port:
            answer = await asker(deadline=0.3)(target(git_target(f"ssh://git@git.example:{port}/r")))
        assert answer.verdict == verdict, answer


async def test_a_tcp_target_is_good_once_it_is_connected() -> None:
    async with served(silent) as port:
        answer = await asker()(target(own_target("plc", f"tcp://10.0.0.9:{port}")))
    assert answer.verdict == "good" and answer.round_trip is not None


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

"""Probes against small servers on loopback: good ones, half-open ones, portals, expired certificates."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest
import trustme

from spottui.sources.probe_ask import TRUST_AGAIN, Asker
from spottui.sources.probe_targets import git_target, own_target
from tests.sources.probe_case import (
    GIT_REPLY,
    NOW,
    PAGE,
    REGISTRY_REPLY,
    Here,
    Server,
    asker,
    certificate,
    git,
    registry,
    served,
    target,
)

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

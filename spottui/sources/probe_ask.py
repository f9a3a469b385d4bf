"""Asks one target once: which question, over which road, and what the answer means; sends no login of anybody."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from spottui import __version__
from spottui.clients import PathClient
from spottui.errors import BadConfig, Forbidden, LoginExpired, NotFound, Refused, SpottuiError, TryLater, Unreachable
from spottui.sources.kube_proxy import Proxy
from spottui.sources.probe_errors import EXPIRED, Wrong
from spottui.sources.probe_judge import Answer, Verdict, judge, parse_reply
from spottui.sources.probe_names import Names
from spottui.sources.probe_targets import Target
from spottui.sources.probe_wire import Spent, Wire, asked_http, heard_line, proxy_login

DEADLINE = 12.0
"""Seconds for one try, name look-up included."""
CERTIFICATE_EVERY = 6 * 3600.0
"""Seconds after which the API server's certificate is looked at again: its handshake costs more than a question."""
TRUST_AGAIN = 600.0
"""Seconds after which a certificate that was not good is checked again."""

Ask = Callable[[Target], Awaitable[Answer]]


class ApiPlace(Protocol):
    """Where the API server is."""

    @property
    def server(self) -> str:
        """Its URL."""
        ...

    @property
    def proxy(self) -> Proxy | None:
        """The proxy that leads there."""
        ...


class Api(PathClient, Protocol):
    """What is needed of `spottui.sources.kube_api.KubeApi`."""

    @property
    def place(self) -> ApiPlace:
        """Where it is."""
        ...


class Asker:
    """Asks targets; `api` returns the client of the cluster that is joined now, None when there is none."""

    def __init__(
        self,
        environ: Mapping[str, str],
        api: Callable[[], Api | None],
        *,
        clock: Callable[[], float],
        names: Names | None = None,
        context: ssl.SSLContext | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self._wire = Wire(environ, names=names, context=context)
        self._api, self._clock, self._deadline = api, clock, deadline
        self._certificates: dict[str, tuple[float, float | None, str]] = {}
        """By API server: when it was looked at, its certificate's end, its address."""
        self._untrusted: dict[str, tuple[float, Wrong]] = {}
        """By target: when its certificate was found not to be good, and why."""
        self._argocd_is_plain = False

    async def __call__(self, target: Target) -> Answer:
        """Return how asking went; never raises for what the other side or the link does."""
        spent = Spent()
        try:
            async with asyncio.timeout(self._deadline):
                verdict, reason = await self._ask(target, spent)
        except TimeoutError:
            verdict, reason = "none", f"It did not answer within {self._deadline:.0f} s."
        except (Unreachable, BadConfig) as error:
            verdict, reason = "none", str(error)
        return Answer(
            verdict=verdict,
            reason=reason,
            round_trip=spent.round_trip if verdict in ("good", "login") else None,
            tls_until=spent.tls_until,
            bytes_in=spent.bytes_in,
            bytes_out=spent.bytes_out,
            peer=spent.peer,
        )

    async def _ask(self, target: Target, spent: Spent) -> tuple[Verdict, str]:
        match target.speech:
            case "api":
                return await self._ask_api(target, spent)
            case "http":
                return await self._ask_http(target, spent)
            case _:
                return await self._ask_socket(target, spent)

    # -- HTTP

    async def _ask_http(self, target: Target, spent: Spent) -> tuple[Verdict, str]:
        since, known = self._untrusted.get(target.id, (float("-inf"), None))
        if known is not None and 0 <= self._clock() - since < TRUST_AGAIN:
            return await self._who_answers(target, spent, known)  # one handshake instead of two
        try:
            answer = await self._http(target, spent, checked=True)
        except Wrong as error:
            if error.code is None:
                raise
            self._untrusted[target.id] = (self._clock(), error)
            return await self._who_answers(target, spent, error)
        self._untrusted.pop(target.id, None)
        return answer

    async def _who_answers(self, target: Target, spent: Spent, error: Wrong) -> tuple[Verdict, str]:
        """Look at what answers under a certificate that is not good: the real thing, or a captive portal."""
        verdict, reason = await self._http(target, spent, checked=False)
        if verdict == "portal":
            return verdict, reason
        if error.code == EXPIRED or verdict == "none":
            return "none", str(error)
        if error.code in (62, 64):
            return "portal", f"{error} Something answers in its place: perhaps a captive portal; open a browser."
        # Argo CD and the nodes may be told of an authority that this computer does not know.
        return verdict, f"Reached. {error} {reason}".strip()

    async def _http(self, target: Target, spent: Spent, *, checked: bool) -> tuple[Verdict, str]:
        scheme = "https" if target.is_tls else "http"
        proxy = self._wire.proxy_for(scheme, target.host, target.port)
        async with self._wire.opened(
            target.host, target.port, spent, tls=target.is_tls, checked=checked, proxy=proxy
        ) as (reader, writer):
            data = await asked_http(reader, writer, http_request(target, proxy), spent)
        if not data:
            return "none", "The connection is closed without an answer."
        return judge(target, parse_reply(data), is_trusted=checked and target.is_tls)

    # -- ssh, tcp

    async def _ask_socket(self, target: Target, spent: Spent) -> tuple[Verdict, str]:
        """Connect, and for ssh wait for the server's own first line; a proxy is for HTTP only, as with git."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with self._wire.opened(target.host, target.port, spent, tls=False) as (reader, _):
            if target.speech == "tcp":
                spent.round_trip = loop.time() - began
                return "good", ""
            began = loop.time()
            line = await heard_line(reader)
            spent.round_trip = loop.time() - began
        if line.startswith(b"SSH-"):
            return "good", ""
        if not line:
            return "none", "The connection is closed without an answer."
        return "portal", "Something else than ssh answers in its place."

    # -- behind our own client

    async def _ask_api(self, target: Target, spent: Spent) -> tuple[Verdict, str]:
        api = self._api()
        if api is None:
            return "none", "No cluster is connected."
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._requested(api, target)
        except (LoginExpired, Forbidden) as error:
            verdict, reason = "login", str(error)
        except TryLater as error:
            verdict, reason = "good", str(error)
        except (NotFound, Refused) as error:
            verdict, reason = "none", str(error)
        except SpottuiError as error:
            return ("portal" if "captive portal" in str(error) else "none"), str(error)
        else:
            verdict, reason = "good", ""
        spent.round_trip = loop.time() - began
        if target.kind == "api":
            await self._look_at_certificate(api, target, spent)
        return verdict, reason

    async def _requested(self, api: Api, target: Target) -> None:
        path = target.path.replace("/https:", "/http:").replace(":443/", ":80/") if self._is_plain(target) else None
        try:
            await api.request("GET", path or target.path, timeout=self._deadline)
        except Refused as error:
            if target.kind != "argocd" or self._argocd_is_plain or "TLS handshake" not in str(error):
                raise
            self._argocd_is_plain = True  # it runs with --insecure: ask once more without TLS
            await self._requested(api, target)

    def _is_plain(self, target: Target) -> bool:
        return target.kind == "argocd" and self._argocd_is_plain

    async def _look_at_certificate(self, api: Api, target: Target, spent: Spent) -> None:
        """Note when the API server's certificate expires; our client has checked it, so here it is only read."""
        parts = urlsplit(api.place.server)
        if parts.scheme != "https":
            return
        looked_at, until, peer = self._certificates.get(target.url, (float("-inf"), None, ""))
        if not 0 <= self._clock() - looked_at < CERTIFICATE_EVERY:
            kept = spent.round_trip
            try:
                async with self._wire.opened(
                    target.host, target.port or 443, spent, tls=True, checked=False, proxy=api.place.proxy
                ):
                    until, peer = spent.tls_until, spent.peer
            except Unreachable:
                until, peer = None, ""
            spent.round_trip = kept
            self._certificates[target.url] = (self._clock(), until, peer)
        spent.tls_until, spent.peer = until, peer


def http_request(target: Target, proxy: Proxy | None) -> bytes:
    """Return the question; through a proxy without TLS it names the whole URL, as RFC 9112 wants it."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    if target.port != (443 if target.is_tls else 80):
        host = f"{host}:{target.port}"
    is_proxied = proxy is not None and not target.is_tls
    lines = [
        f"GET {f'http://{host}' if is_proxied else ''}{target.path} HTTP/1.1",
        f"Host: {host}",
        f"User-Agent: spottui/{__version__} (probe)",
        "Accept: */*",
        "Connection: close",
    ]
    if target.kind == "git":
        lines.append("Git-Protocol: version=2")  # the answer is then a few lines, and not every ref
    text = "\r\n".join(lines) + "\r\n"
    login = proxy_login(proxy) if proxy is not None and is_proxied else ""
    return (text + login + "\r\n").encode("ascii", "replace")

"""What an answer to a probe means: reached, wants a login, a captive portal, or ill; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from spottui.sources.probe_targets import Target
from spottui.sources.text import clean

Verdict = Literal["good", "login", "portal", "none"]

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r?\n)")
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|meta|script)\b", re.IGNORECASE | re.DOTALL)
NETWORK_LOGIN = 511
"""HTTP status of RFC 6585: this network wants a login."""


class Answer(Struct, frozen=True, kw_only=True):
    """How one try to reach a target went."""

    verdict: Verdict
    reason: str = ""
    """A sentence; empty when there is nothing to say."""
    round_trip: float | None = None
    """Seconds from the question to the first byte of the answer."""
    tls_until: float | None = None
    """When the peer's certificate expires."""
    bytes_in: int = 0
    bytes_out: int = 0
    peer: str = ""
    """Address that was connected to; of the proxy where there is one."""


class Reply(Struct, frozen=True):
    """The head of an HTTP answer and the first bytes of its body."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    @property
    def is_html(self) -> bool:
        """A page for people, by its type or by how it begins."""
        kind = self.headers.get("content-type", "").lower()
        return "html" in kind or bool(_HTML.match(self.body))


def parse_reply(data: bytes) -> Reply | None:
    """Return the answer of which these are the first bytes; None when it is not HTTP."""
    if (match := _STATUS.match(data)) is None:
        return None
    head, _, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    headers: dict[str, str] = {}
    for line in head.split(b"\n")[1:]:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), clean(value.strip(), 512))
    return Reply(int(match[1]), headers, body)


def judge(target: Target, reply: Reply | None, *, is_trusted: bool) -> tuple[Verdict, str]:
    """Return what an answer means and the sentence for it; `is_trusted`: TLS proved who answers."""
    if reply is None:
        return "none", "It answers, but not with HTTP."
    if reply.status == NETWORK_LOGIN:
        return "portal", "This network wants a login first (HTTP 511); open a browser."
    if 300 <= reply.status < 400:
        return _redirected(target, reply, is_trusted)
    if reply.status == 429:
        return "good", "Reached; it says that it is asked too often (HTTP 429)."
    if reply.status >= 500:
        return "none", f"It answers with an error of its own (HTTP {reply.status})."
    if target.kind == "git":
        return _git(target, reply, is_trusted)
    if target.kind == "registry":
        return _registry(reply, is_trusted)
    if target.kind == "argocd":
        return _argocd(reply, is_trusted)
    return _own(reply)


def _redirected(target: Target, reply: Reply, is_trusted: bool) -> tuple[Verdict, str]:
    location = reply.headers.get("location", "")
    try:
        parts = urlsplit(location)
        host = (parts.hostname or target.host).lower()
    except ValueError:
        return "portal", "It sends elsewhere, to an address that is none."
    if host == target.host.lower():
        return "good", ""
    if is_trusted:  # whoever holds the certificate may send elsewhere
        return ("none" if target.kind != "own" else "good"), f"It moved to {clean(host, 60)}."
    return "portal", f"Something answers in its place and sends to {clean(host, 60)}: a captive portal; open a browser."


def _page(is_trusted: bool, expected: str) -> tuple[Verdict, str]:
    if is_trusted:
        return "none", f"A web page came where {expected} was expected."
    return "portal", f"A web page came where {expected} was expected: a captive portal; open a browser."


def _git(target: Target, reply: Reply, is_trusted: bool) -> tuple[Verdict, str]:
    if reply.status in (401, 403):
        return "login", "Reached; this repository wants a login, which Argo CD has of its own."
    if reply.status == 404:
        return ("login", "Reached; nobody without a login is shown this repository.") if is_trusted else _own(reply)
    if reply.is_html:
        return _page(is_trusted, "git")
    return _own(reply)


def _registry(reply: Reply, is_trusted: bool) -> tuple[Verdict, str]:
    knows_api = "docker-distribution-api-version" in reply.headers or "www-authenticate" in reply.headers
    if reply.status == 401 and (knows_api or is_trusted):
        return "good", ""
    if reply.status == 403:
        return "login", "Reached; this registry shows nothing without a login."
    if reply.is_html and not knows_api:
        return _page(is_trusted, "a registry")
    if reply.status == 404:
        return "none", "It answers, but has no registry (HTTP 404 for /v2/)."
    return _own(reply)


def _argocd(reply: Reply, is_trusted: bool) -> tuple[Verdict, str]:
    return _page(is_trusted, "Argo CD") if reply.is_html and reply.status == 200 else _own(reply)


def _own(reply: Reply) -> tuple[Verdict, str]:
    if reply.status < 400:
        return "good", ""
    if reply.status in (401, 403):
        return "login", f"Reached; it wants a login (HTTP {reply.status})."
    return "none", f"It answers, but with HTTP {reply.status}."

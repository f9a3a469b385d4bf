"""Turns what goes wrong on the way to the API server into sentences; the one place that does."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import zlib
from datetime import UTC, datetime

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder

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
from spottui.sources.aiohttp_light import aiohttp
from spottui.sources.kube_lines import CutOff, TooLong
from spottui.sources.kubeconfig import ClusterPlace
from spottui.sources.text import clean

MESSAGE_LIMIT = 600
"""Characters kept of a message of the API server."""


class TimedOut(Unreachable):
    """Nothing came in time; unlike the other reasons it may be a busy link rather than none."""


class TlsFailed(Unreachable):
    """The TLS handshake failed: certificates that were renewed on disk may help."""


class _Cause(Struct):
    message: str = ""


class _Details(Struct):
    causes: list[_Cause] | None = None


class _Status(Struct):
    """metav1.Status, as the API server answers with when it refuses."""

    kind: str = ""
    message: str = ""
    reason: str = ""
    details: _Details | None = None


_status = Decoder(_Status)

_VERIFY_CODES = {
    9: "its certificate is not valid yet. Check the clocks of the robot and of this computer",
    10: "its certificate has expired. Check the clocks, else renew it on the robot",
    18: "its certificate is signed by itself and is not the one the kubeconfig trusts",
    19: "its certificate is from a certificate authority that the kubeconfig does not name",
    20: "its certificate is from a certificate authority that the kubeconfig does not name",
    21: "its certificate is from a certificate authority that the kubeconfig does not name",
    62: "its certificate is made out to another name",
    64: "its certificate is made out to another address",
}
"""X509_V_ERR_* of OpenSSL."""
_RECENT_COPY = "Is it another server, or was it installed anew? Then fetch its kubeconfig again"

_HTTP_ERRORS: dict[int, type[SpottuiError]] = {
    401: LoginExpired,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Expired,
    429: TryLater,
}


def from_transport(error: BaseException, place: ClusterPlace, *, silent: str, ended_login: str = "") -> Unreachable:
    """Return the sentence for an exception of the transport.

    `silent` is said of a timeout; `ended_login` tells whose certificate or token has ended, if it has.
    """
    by = f" through the proxy {place.proxy}" if place.proxy else ""
    where = f"{place.server}{by}"
    if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
        return Unreachable(f"The proxy {place.proxy} does not lead to {place.server}: {_proxy_reason(error)}.")
    tls = _tls_reason(error)
    if tls:
        return TlsFailed(f"No safe connection to {where}: {tls}.")
    if isinstance(error, asyncio.TimeoutError):
        return TimedOut(f"{where} {silent}.")
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return Unreachable(f"The name in {where} is not known here. Is there a link, and is the name right?")
    if isinstance(error, CutOff):
        return Unreachable(f"{where} sent {error}: is this the API server?")
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientConnectionResetError | zlib.error):
        return Unreachable(f"The reply of {where} was cut off: the link broke.")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        if ended_login:  # with TLS 1.3 a refused client certificate looks like this
            return TlsFailed(f"{where} closed the connection: it refuses the login of {ended_login}.")
        return Unreachable(f"{where} closed the connection without an answer.")
    if isinstance(error, aiohttp.ClientResponseError):
        return Unreachable(f"{where} does not answer in HTTP: is this the API server?")
    return Unreachable(f"{where} cannot be reached: {_os_reason(error)}.")


def from_status(code: int, content_type: str, body: bytes, place: ClusterPlace, *, login: str) -> SpottuiError:
    """Return the error for an HTTP answer that is no success; `login` tells whose credentials were used."""
    if looks_like_html(content_type, body) or 300 <= code <= 399:
        return not_an_api(place, code)
    message = _message(body)
    if code == 401:
        return LoginExpired(f"Login expired: {place.server} no longer takes the login of {login}.")
    if code == 407:
        return Unreachable(f"The proxy {place.proxy} asks for a login.")
    if code == 403:  # "pods is forbidden: User "x" cannot list ...": the second half says it all
        message = re.sub(r'^\S+ is forbidden: (?=User ")', "", message)
    kind = _HTTP_ERRORS.get(code, Refused)
    if kind is TryLater and (cause := _cause(body)):  # of an eviction: which budget, and what it needs
        message = cause
    if issubclass(kind, Refused) and not message:
        message = f"the API server answered HTTP {code}"
    return kind(_sentence(message or f"HTTP {code}"))


def from_watch(code: int | None, message: str) -> SpottuiError:
    """Return the error for an ERROR line inside a watch; `message` is clean already."""
    text = _sentence(message or f"The watch ended with HTTP {code}")
    return _HTTP_ERRORS.get(code or 0, Refused)(text)


def too_long(error: TooLong, place: ClusterPlace) -> Refused:
    """Return the error for a reply with more in it than we take."""
    return Refused(f"{place.server} sent {error}, which was dropped: is this the API server?")


def unknown(what: str, error: SpottuiError) -> OutcomeUnknown:
    """Return the error for a change that may have left before `error`."""
    return OutcomeUnknown(f"It is not known whether {what} was done: {error} Look before you try again.")


def not_an_api(place: ClusterPlace, code: int) -> Unreachable:
    """Return the error for a reply that is a web page."""
    by = f" through the proxy {place.proxy}" if place.proxy else ""
    what = f"a redirection (HTTP {code})" if 300 <= code <= 399 else f"HTML (HTTP {code})"
    return Unreachable(f"{place.server}{by} answered {what}: is this the API server, or a captive portal?")


def no_json(place: ClusterPlace, body: bytes) -> Unreachable:
    """Return the error for a successful reply that is no JSON."""
    if looks_like_html("", body):
        return not_an_api(place, 200)
    return Unreachable(f"{place.server} answered something that is no JSON: is this the API server?")


def looks_like_html(content_type: str, body: bytes) -> bool:
    """Tell whether a reply is a web page, whatever it calls itself."""
    start = body[:256].lstrip().lower()
    return "text/html" in content_type.lower() or start.startswith((b"<!doctype", b"<html", b"<?xml"))


def login_words(place: ClusterPlace, expires_at: float | None, now: float) -> str:
    """Return who logged in, and since when that has ended: "user x, which ended 2026-11-24 05:43 UTC"."""
    who = f"user {place.user}" if place.user else f"{place} (it names no user)"
    if expires_at is None or expires_at > now:
        return who
    return f"{who}, which ended {datetime.fromtimestamp(expires_at, UTC):%Y-%m-%d %H:%M} UTC"


def _message(body: bytes) -> str:
    try:
        status = _status.decode(body)
    except (MsgspecError, RecursionError, ValueError):
        return clean(body[: 4 * MESSAGE_LIMIT].decode(errors="replace").strip(), MESSAGE_LIMIT)
    return clean(status.message or status.reason, MESSAGE_LIMIT)


def _cause(body: bytes) -> str:
    """Return the first cause in the details of a Status; the message of a 422 has it already."""
    try:
        status = _status.decode(body)
    except (MsgspecError, RecursionError, ValueError):
        return ""
    causes = (status.details.causes if status.details else None) or []
    return clean(causes[0].message, MESSAGE_LIMIT) if causes else ""


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _proxy_reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"it answered HTTP {error.status} {clean(error.message, 100)}".rstrip()
    return _os_reason(error)


def _tls_reason(error: BaseException) -> str:
    """Return why TLS failed, or "" when it was something else."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        error = error.certificate_error
    elif isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    elif isinstance(error, aiohttp.ClientError) and isinstance(error.__cause__, ssl.SSLError):
        error = error.__cause__
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _VERIFY_CODES.get(error.verify_code, clean(error.verify_message or "its certificate", 200))
        return f"{reason}. {_RECENT_COPY}" if error.verify_code in (18, 19, 20, 21) else reason
    if not isinstance(error, ssl.SSLError):
        return ""
    word = (error.reason or "").upper()
    if "CERTIFICATE_EXPIRED" in word:
        return "it refuses our client certificate, which has expired. Fetch the kubeconfig again"
    if ("ALERT" in word and "CERTIFICATE" in word) or "UNKNOWN_CA" in word:
        return "it refuses our client certificate. Fetch the kubeconfig again"
    if word in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return "it does not speak TLS on this port. Is the port right, and https rather than http?"
    return f"TLS failed ({word.lower().replace('_', ' ') or 'no reason given'})"


def _os_reason(error: BaseException) -> str:
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(inner, ConnectionRefusedError):
        return "connection refused, so the computer is there but no API server runs on that port"
    if isinstance(inner, ConnectionResetError | BrokenPipeError):
        return "the connection was reset"
    text = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    found = re.search(r"\[(?:Errno [^\]]*)\]\s*(.*)|Connect call failed.*", text)
    words = found[1] if found and found[1] else text
    return clean(words, 200).rstrip(".").lower()

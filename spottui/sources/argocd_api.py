"""Speaks with one argocd-server over REST as one user; knows its errors, not what the objects mean."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from spottui import __version__
from spottui.errors import (
    BadConfig,
    Conflict,
    Forbidden,
    LoginExpired,
    NotFound,
    OutcomeUnknown,
    Refused,
    SpottuiError,
    TryLater,
    Unreachable,
)
from spottui.sources.kube_proxy import find_proxy
from spottui.sources.text import clean
from spottui.sources.unsaid import without

APPLICATIONS = "/api/v1/applications"
STREAM = "/api/v1/stream/applications"
SILENCE = 35.0
"""Seconds without a byte after which a stream is dead: the server sends a keep-alive every 15."""
MESSAGE = 600
JSON = {"Content-Type": "application/json"}
"""Exactly this on every request but GET, DELETE too: with a charset, or without it, the server answers 415."""

Query = Sequence[tuple[str, str]]


class _Error(msgspec.Struct):
    error: str = ""
    code: int = 0
    message: str = ""


class ArgocdApi:
    """Requests and the event stream of one argocd-server.

    `token` is read before each request, in a thread, as a file may be renewed; empty means that there is none.
    """

    def __init__(self, url: str, token: Callable[[], str], *, ca: Path | None = None, environ: Mapping[str, str]):
        self.url = url.rstrip("/")
        self._token, self._ca, self._environ = token, ca, environ
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self.bytes_in = 0
        self.bytes_out = 0

    def __repr__(self) -> str:
        """Return the address; never a credential."""
        return f"ArgocdApi({self.url})"

    async def close(self) -> None:
        """End all requests and streams."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def request(
        self, method: str, path: str, *, query: Query = (), body: Any = None, timeout: float = 10.0
    ) -> bytes:
        """Return the body of the answer; `body` is sent as JSON, `timeout` is for the whole exchange.

        Raises:
            Unreachable, LoginExpired, Forbidden, NotFound, TryLater, Refused: As their names say.
            Conflict: Another operation is in progress.
            OutcomeUnknown: It may change something, may have left, and got no usable answer.
        """
        what = f"{method} {path}"
        sent = msgspec.json.encode(body) if body is not None else b""
        changes = method != "GET"
        client, headers = await self._ready()
        try:
            async with asyncio.timeout(timeout):
                reply = await client.request(
                    method,
                    self.url + path,
                    params=list(query),
                    content=sent or None,
                    headers=headers | (JSON if changes else {}),
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            failed = self._no_answer(error, timeout)
            if changes and not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL):
                raise OutcomeUnknown(f"It is not known whether {what} was done: {failed}") from error
            raise failed from error
        self.bytes_in, self.bytes_out = self.bytes_in + len(reply.content), self.bytes_out + len(sent)
        said = without(reply.content, _secrets(headers)) if reply.status_code != 200 else reply.content
        failed = self._refusal(reply.status_code, reply.headers.get("Content-Type", ""), said)
        if failed is None:
            return reply.content
        if changes and reply.status_code in (502, 504):
            raise OutcomeUnknown(f"It is not known whether {what} was done: {failed}")
        raise failed

    async def get_json(self, path: str, *, query: Query = (), timeout: float = 10.0) -> dict[str, Any]:
        """Return the decoded answer to a GET; raises as `request`."""
        body = await self.request("GET", path, query=query, timeout=timeout)
        try:
            return msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise Unreachable(f"{self.url} answered something that is no JSON: is this argocd-server?") from error

    async def stream(self, path: str = STREAM, query: Query = ()) -> AsyncIterator[bytes]:
        """Yield the data of each event, and b"" for a sign of life; ends when the server ends it.

        Raises as `request`.
        """
        client, headers = await self._ready()
        headers |= {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        limits = httpx.Timeout(10.0, read=SILENCE)
        try:
            async with client.stream(
                "GET", self.url + path, params=list(query), headers=headers, timeout=limits
            ) as reply:
                kind = reply.headers.get("Content-Type", "")
                if reply.status_code != 200 or "html" in kind:
                    said = without(await reply.aread(), _secrets(headers))
                    failed = self._refusal(reply.status_code, kind, said)
                    raise failed or Unreachable(f"{self.url} sent no stream.")
                async for line in self._lines(reply):
                    if line.startswith(b"data:"):
                        yield line[5:].strip()
                    elif line.startswith(b":"):
                        yield b""
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._no_answer(error, SILENCE) from error

    async def _lines(self, reply: httpx.Response) -> AsyncIterator[bytes]:
        """Yield lines of any length; only a newline ends one, as JSON may hold Unicode's other separators."""
        parts: list[bytes] = []
        async for chunk in reply.aiter_bytes():
            self.bytes_in += len(chunk)
            first, *rest = chunk.split(b"\n")
            parts.append(first)
            for piece in rest:
                yield b"".join(parts)
                parts = [piece]

    async def _ready(self) -> tuple[httpx.AsyncClient, dict[str, str]]:
        token = await asyncio.to_thread(self._token)
        async with self._opening:
            if self._client is None:
                verify = await asyncio.to_thread(self._trust)
                proxy = find_proxy(self.url, kubeconfig="", environ=self._environ)
                self._client = httpx.AsyncClient(
                    verify=verify, proxy=proxy.url if proxy else None, trust_env=False, timeout=10.0
                )
        headers = {"User-Agent": f"spottui/{__version__}", "Accept": "application/json"}
        return self._client, headers | ({"Authorization": f"Bearer {token}"} if token else {})

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self._ca) if self._ca else None)
        except OSError as error:
            raise BadConfig(f"argocd.ca: {self._ca} cannot be used as certificates: {error}.") from error

    def _no_answer(self, error: BaseException, seconds: float) -> Unreachable:
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return Unreachable(f"{self.url} did not answer within {seconds:.0f} s.")
        reason = clean(str(error) or type(error).__name__, 200).rstrip(".")
        advice = " Set argocd.ca to the certificate it is signed with." if "CERTIFICATE_VERIFY" in reason else ""
        return Unreachable(f"{self.url} cannot be reached: {reason}.{advice}")

    def _refusal(self, status: int, content_type: str, body: bytes) -> SpottuiError | None:
        """Return the error that an answer is; None for a good one."""
        is_page = "html" in content_type.lower() or body[:64].lstrip().lower().startswith((b"<!doctype", b"<html"))
        if status in (502, 504):
            return Unreachable(f"{self.url}: a gateway before it got no answer (HTTP {status}).")
        if is_page or 300 <= status < 400:
            what = "a web page" if is_page else "a redirection"
            return Unreachable(f"{self.url} answered {what} (HTTP {status}): is it argocd-server, or a captive portal?")
        if status == 200:
            return None
        try:
            said = msgspec.json.decode(body, type=_Error)
            text, code = said.message or said.error, said.code
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            text, code = body[: 4 * MESSAGE].decode(errors="replace"), 0
        return refused(self.url, status, code, clean(text.strip(), MESSAGE).rstrip("."))


def _secrets(headers: Mapping[str, str]) -> tuple[str, ...]:
    return (headers.get("Authorization", "").removeprefix("Bearer "),)


def refused(url: str, status: int, code: int, text: str) -> SpottuiError:
    """Return the error for what argocd-server said; `code` is gRPC's, `text` is clean already."""
    if status == 401:
        return LoginExpired(f"{url} does not take this login: {text or 'no reason given'}. Log in again: argocd login.")
    if status == 403 and text.startswith("cannot sync"):
        return Refused(f"Argo CD refuses: {text}.")
    if status == 403 and text == "permission denied":
        return Forbidden(
            "Argo CD says only: permission denied. The Application is not there, or this login may not see it."
        )
    if status == 403:
        return Forbidden(f"Argo CD: {text or 'forbidden'}.")
    if status == 404:
        return NotFound(f"Argo CD: {text or 'not found'}.")
    if status == 400 and "another operation is already in progress" in text:
        return Conflict(f"Argo CD: {text}.")
    if status == 429:
        return TryLater(f"Argo CD: {text or 'not now'}.")
    if code == 14:
        return Refused(f"argocd-server does not reach a part of Argo CD: {text}.")
    return Refused(f"Argo CD refuses (HTTP {status}): {text or 'no reason given'}.")


def application_path(name: str, rest: str = "") -> str:
    """Return the path of an Application, or of something below it."""
    path = f"{APPLICATIONS}/{quote(name, safe='')}"
    return f"{path}/{rest}" if rest else path


def place_query(namespace: str, project: str) -> Query:
    """Return the query that makes "not found" tell itself from "forbidden": both are wanted."""
    return tuple((key, value) for key, value in (("appNamespace", namespace), ("project", project)) if value)

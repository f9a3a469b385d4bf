"""The modem of a CORE I/O by its own web page, modemStats: over HTTPS with the certificate pinned on first use."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from spottui.errors import Forbidden, LoginExpired, SpottuiError, Unreachable
from spottui.private_file import open_private
from spottui.records_links import Modem
from spottui.sources.links_modem import number
from spottui.sources.text import clean

PORT = 21443
TIMEOUT = 8.0
"""Seconds for one request; the page itself can take more than one."""
MOST = 64 * 2**10
"""Bytes read of an answer."""
SINR_UNIT = 12.5
"""modemStats gives 0..250 for 0..20 dB."""
COOKIE = "x-csrf-token"


class WrongCertificate(SpottuiError):
    """Another certificate than the one that was pinned: nothing was sent to it."""


class LoggedOut(LoginExpired):
    """The page answers 401: log in again."""


class ModemStats:
    """Asks the page for its numbers, logs in when it must, and talks to no other certificate than the pinned one."""

    def __init__(self, address: str, username: str, password_file: Path, pin_file: Path) -> None:
        parts = urlsplit(f"https://{address.removeprefix('https://')}")
        self.host, self.port = parts.hostname or "", parts.port or PORT
        self._username, self._password_file, self._pin_file = username, password_file, pin_file
        self._session: aiohttp.ClientSession | None = None
        self._token = ""
        self.bytes_in = 0
        self.bytes_out = 0

    async def read(self) -> Modem:
        """Return the modem as it is now.

        Raises:
            Unreachable, LoginExpired, Forbidden, WrongCertificate: With a sentence for the operator.
        """
        try:
            async with asyncio.timeout(3 * TIMEOUT):
                if self._session is None:
                    await self._open()
                return await self._stats()
        except TimeoutError:
            raise Unreachable(f"The modem's page at {self.host} did not answer in time.") from None
        except aiohttp.ServerFingerprintMismatch as error:
            raise self._wrong_certificate() from error
        except (aiohttp.ClientError, OSError) as error:
            await self.close()
            why = clean(str(error), 120) or type(error).__name__
            raise Unreachable(f"The modem's page at {self.host}:{self.port} does not answer: {why}.") from error

    async def close(self) -> None:
        """End the session."""
        session, self._session, self._token = self._session, None, ""
        if session is not None:
            await session.close()

    async def _open(self) -> None:
        pin = await asyncio.to_thread(self._read_pin)
        if pin is None:
            pin = await self._peer_fingerprint()
            await asyncio.to_thread(self._write_pin, pin)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(pin), limit=1),
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # the page is at an address, not at a name
            timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            trust_env=False,  # it is on the robot's own network
        )

    async def _stats(self) -> Modem:
        try:
            if not self._token:
                await self._log_in()
            answer = await self._ask("GET", "/api/v0/modemStats")
        except LoggedOut:
            await self._log_in()
            answer = await self._ask("GET", "/api/v0/modemStats")
        if error := answer.get("error"):
            raise Unreachable(f"The modem's page at {self.host} has no numbers: {clean(str(error), 80)}.")
        return modem_of(answer)

    async def _log_in(self) -> None:
        assert self._session is not None
        await self._ask("GET", "/", wants_json=False)
        jar = {cookie.key: cookie.value for cookie in self._session.cookie_jar}
        self._token = jar.get(COOKIE, "")
        if not self._token:
            raise Unreachable(f"The page at {self.host}:{self.port} is no CORE I/O: it gave no {COOKIE} cookie.")
        password = await asyncio.to_thread(self._password)
        try:
            answer = await self._ask("POST", "/api/v0/login", form={"username": self._username, "password": password})
        except LoggedOut as error:
            raise self._refused() from error
        if answer.get("error"):
            raise self._refused()
        self._token = {cookie.key: cookie.value for cookie in self._session.cookie_jar}.get(COOKIE, self._token)

    def _refused(self) -> LoginExpired:
        self._token = ""
        return LoginExpired(
            f"The modem's page at {self.host} refuses user {clean(self._username, 40)}; "
            "check [links] modem_username and modem_password_file."
        )

    async def _ask(
        self, method: str, path: str, *, form: Mapping[str, str] | None = None, wants_json: bool = True
    ) -> Mapping[str, Any]:
        assert self._session is not None
        headers = {COOKIE: self._token} if self._token else {}
        url = f"https://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}{path}"
        self.bytes_out += len(url) + 200 + sum(len(key) + len(value) for key, value in (form or {}).items())
        async with self._session.request(method, url, data=form, headers=headers, allow_redirects=False) as response:
            body = await response.content.read(MOST) if wants_json else b""
            self.bytes_in += len(body) + sum(len(key) + len(value) + 4 for key, value in response.raw_headers)
            if response.status == 401:
                raise LoggedOut(f"The modem's page at {self.host} wants a login.")
            if response.status == 403:
                raise Forbidden(f"The modem's page at {self.host} does not let {clean(self._username, 40)} read it.")
            if response.status >= 400:
                raise Unreachable(f"The modem's page at {self.host} answers with HTTP {response.status}.")
            if not wants_json:
                response.close()  # whatever else it holds is not read
                return {}
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Unreachable(f"The modem's page at {self.host} sends something that is no JSON.") from error
        return found if isinstance(found, dict) else {}

    def _password(self) -> str:
        try:
            return self._password_file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", "") or "it is no text"
            raise LoginExpired(f"The modem's password file {self._password_file} cannot be read: {why}.") from error

    # -- the pinned certificate

    async def _peer_fingerprint(self) -> bytes:
        """Return the SHA-256 of the certificate that answers; nothing but the handshake is sent."""
        unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection(self.host, self.port, ssl=unchecked)
        try:
            certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            writer.transport.abort()
        return hashlib.sha256(certificate).digest()

    def _read_pin(self) -> bytes | None:
        """Return the pinned fingerprint of this address; None when it was never seen."""
        try:
            lines = self._pin_file.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise Unreachable(f"The file of pinned certificates {self._pin_file} cannot be read.") from error
        for line in lines:
            address, _, pin = line.partition(" ")
            if address == f"{self.host}:{self.port}":
                try:
                    return _digest(pin)
                except ValueError:
                    raise self._wrong_certificate() from None
        return None

    def _write_pin(self, pin: bytes) -> None:
        try:
            with open(open_private(self._pin_file), "a", encoding="ascii") as file:
                file.write(f"{self.host}:{self.port} {pin.hex()}\n")
        except OSError as error:
            raise Unreachable(
                f"The modem's certificate cannot be pinned in {self._pin_file}: {error.strerror}; no login was sent."
            ) from error

    def _wrong_certificate(self) -> WrongCertificate:
        return WrongCertificate(
            f"The modem's page at {self.host} shows another certificate than before, so no login was sent. "
            f"If it was changed on purpose, remove its line from {self._pin_file}."
        )


def _digest(text: str) -> bytes:
    digest = bytes.fromhex(text.strip())
    if len(digest) != 32:
        raise ValueError(text)
    return digest


def modem_of(answer: Mapping[str, Any]) -> Modem:
    """Return the modem that modemStats describes; keys that are missing or strange are unknown."""
    sinr = number(answer.get("sinr"))
    return Modem(
        name="CORE I/O modem",
        source="modemStats",
        quality=number(answer.get("signalQuality")),
        sinr=None if sinr is None else sinr / SINR_UNIT,
        rsrp=number(answer.get("rsrp")),
        rsrq=number(answer.get("rsrq")),
    )

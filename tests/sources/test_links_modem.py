"""The modem's page of a CORE I/O: its login dance, its odd units, and a certificate that is pinned on first use.

The page here speaks the documented path only: the cookie, the login form, modemStats and 401; nothing else of the
real page is known.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from spottui.errors import Forbidden, LoginExpired, SpottuiError, Unreachable
from spottui.sim.spot_model import Spot
from spottui.sim.spot_web import Pages, Site
from spottui.sim.story_clock import StoryClock
from spottui.sources.links_modem_stats import ModemStats, WrongCertificate, modem_of

STATS = {"signalQuality": 71, "sinr": 177.5, "rsrp": -92, "rsrq": -11.5, "somethingNew": {"a": [1]}}


class Page:
    """The modem's page: gives a cookie, takes one login, and shows the numbers to who has both."""

    def __init__(self) -> None:
        self.password = "secret"
        self.stats: Any = STATS
        self.logins: list[dict[str, str]] = []
        self.is_logged_in = False
        self.status = 0
        self.sets_cookie = True

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self.root),
                web.post("/api/v0/login", self.login),
                web.get("/api/v0/modemStats", self.numbers),
            ]
        )
        return app

    async def root(self, request: web.Request) -> web.Response:
        response = web.Response(text="<html>x</html>", content_type="text/html")
        if self.sets_cookie:
            response.set_cookie("x-csrf-token", "token-1")
        return response

    def has_token(self, request: web.Request) -> bool:
        return request.cookies.get("x-csrf-token") == request.headers.get("x-csrf-token") == "token-1"

    async def login(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.logins.append(form)
        self.is_logged_in = self.has_token(request) and form == {"username": "spot", "password": self.password}
        return web.json_response({} if self.is_logged_in else {"error": "nope"})

    async def numbers(self, request: web.Request) -> web.Response:
        if self.status:
            return web.Response(status=self.status)
        if not self.is_logged_in or not self.has_token(request):
            return web.Response(status=401)
        return web.json_response(self.stats) if isinstance(self.stats, dict) else web.Response(text=self.stats)


@asynccontextmanager
async def served(page: Page, authority: trustme.CA) -> AsyncIterator[int]:
    """Serve the page with a certificate of this authority; give its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("coreio.local").configure_cert(context)
    runner = web.AppRunner(page.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody here trusts."""
    return trustme.CA()


def client(tmp_path: Path, port: int) -> ModemStats:
    """Return a client whose password is right."""
    (tmp_path / "password").write_text("secret\n")
    return ModemStats(f"127.0.0.1:{port}", "spot", tmp_path / "password", tmp_path / "state" / "pins")


async def failure(stats: ModemStats) -> SpottuiError:
    """Return what reading fails with."""
    with pytest.raises(SpottuiError) as caught:
        await stats.read()
    return caught.value


async def test_it_logs_in_and_reads_with_the_odd_units(tmp_path: Path, authority: trustme.CA) -> None:
    page = Page()
    async with served(page, authority) as port:
        stats = client(tmp_path, port)
        modem = await stats.read()
        assert (modem.quality, modem.sinr, modem.rsrp, modem.rsrq) == (71, 14.2, -92, -11.5)
        page.is_logged_in = False  # its session has ended: 401
        assert (await stats.read()).sinr == 14.2
        assert len(page.logins) == 2
        assert stats.bytes_in > 0 and stats.bytes_out > 0
        await stats.close()


async def test_the_certificate_is_pinned_and_another_one_gets_no_password(tmp_path: Path, authority: Any) -> None:
    first, second = Page(), Page()
    async with served(first, authority) as port:
        stats = client(tmp_path, port)
        await stats.read()
        await stats.close()
    pins = tmp_path / "state" / "pins"
    assert pins.read_text().startswith(f"127.0.0.1:{port} ") and len(pins.read_text().split()[1]) == 64
    assert (pins.stat().st_mode & 0o777, pins.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    async with served(second, authority) as other:  # the same authority, another certificate
        pins.write_text(pins.read_text().replace(str(port), str(other)))
        stats = client(tmp_path, other)
        error = await failure(stats)
        assert isinstance(error, WrongCertificate)
        assert "no login was sent" in str(error) and str(pins) in str(error)
        assert second.logins == []
        await stats.close()


async def test_a_broken_pin_is_no_permission(tmp_path: Path, authority: trustme.CA) -> None:
    page = Page()
    async with served(page, authority) as port:
        stats = client(tmp_path, port)
        (tmp_path / "state").mkdir()
        for text in ("", "zz", hashlib.sha1(b"x").hexdigest()):
            (tmp_path / "state" / "pins").write_text(f"127.0.0.1:{port} {text}\n")
            assert isinstance(await failure(stats), WrongCertificate)
        assert page.logins == []


async def test_what_cannot_be_pinned_gets_no_password(tmp_path: Path, authority: trustme.CA) -> None:
    page = Page()
    async with served(page, authority) as port:
        (tmp_path / "state").write_text("a file where a folder should be")
        assert isinstance(await failure(client(tmp_path, port)), Unreachable)
        assert page.logins == []


async def test_a_wrong_password_is_said_with_the_setting_to_check(tmp_path: Path, authority: trustme.CA) -> None:
    page = Page()
    async with served(page, authority) as port:
        stats = client(tmp_path, port)
        page.password = "other"
        error = await failure(stats)
        assert isinstance(error, LoginExpired) and "modem_password_file" in str(error)
        assert "secret" not in str(error)
        (tmp_path / "password").unlink()
        assert "password file" in str(await failure(stats))
        await stats.close()


async def test_other_answers_are_sentences(tmp_path: Path, authority: trustme.CA) -> None:
    page = Page()
    async with served(page, authority) as port:
        stats = client(tmp_path, port)
        page.sets_cookie = False
        assert "is no CORE I/O" in str(await failure(stats))
        page.sets_cookie = True
        for status, kind in ((403, Forbidden), (500, Unreachable), (302, Unreachable)):
            page.status = status
            assert isinstance(await failure(stats), kind), status
        page.status, page.stats = 0, "<html>"
        assert "no JSON" in str(await failure(stats))
        await stats.close()
    assert "does not answer" in str(await failure(stats))
    await stats.close()


def test_numbers_that_are_strange_are_unknown() -> None:
    modem = modem_of({"signalQuality": "71", "sinr": None, "rsrp": [1], "rsrq": True})
    assert (modem.quality, modem.sinr, modem.rsrp, modem.rsrq) == (71, None, None, None)
    assert modem_of({"sinr": 1e300}).sinr is None


def test_the_usual_port_is_taken_where_none_is_named(tmp_path: Path) -> None:
    stats = ModemStats("https://192.168.50.5/", "spot", tmp_path / "p", tmp_path / "pins")
    assert (stats.host, stats.port) == ("192.168.50.5", 21443)
    assert ModemStats("[fd00::5]:21444", "spot", tmp_path / "p", tmp_path / "pins").host == "fd00::5"


async def test_the_embedded_robots_page_is_read_and_logged_in_to_again(tmp_path: Path, authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    spot = Spot(StoryClock())
    pages = Pages(spot)
    site = Site(pages, context)
    await site.open()
    (tmp_path / "password").write_text(spot.accounts.by_name["user"].password)
    stats = ModemStats(f"127.0.0.1:{site.port}", "user", tmp_path / "password", tmp_path / "pins")
    try:
        first = await stats.read()
        assert first.quality == round(spot.modem.quality) and first.rsrp == spot.modem.rsrp
        assert first.sinr is not None and abs(first.sinr - spot.modem.sinr) <= 0.05
        pages.log_out_all()
        await stats.read()
        assert spot.web_calls["POST /api/v0/login"] == 2
        spot.modem.is_there = False
        assert "No modem found" in str(await failure(stats))
    finally:
        await stats.close()
        await site.close()

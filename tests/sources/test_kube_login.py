"""Credentials and TLS: tokens, plugins and certificates that end, are renewed, or are the wrong ones."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spottui.errors import (
    BadConfig,
    LoginExpired,
    Unreachable,
)
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_certificate import certificate_end, token_end

from .fake_api import FakeApi, running, status
from .kube_opening import configured, failure

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

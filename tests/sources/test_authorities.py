"""What this computer trusts is trusted, whether its authorities lie in one file or each in its own."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import trustme

from spottui.sources.authorities import trusting_context

CA = trustme.CA()


def shaken(context: ssl.SSLContext) -> bool:
    """Shake hands with a server of `CA` in memory; false when its certificate is not trusted."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert("git.field.example").configure_cert(serving)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(down, up, server_hostname="git.field.example")
    server = serving.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return client.version() is not None


def use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    paths = SimpleNamespace(openssl_cafile_env="SSL_CERT_FILE", capath=str(folder))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to name a certificate by its hash")
def test_a_folder_of_authorities_is_read_as_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ca.pem"
    CA.cert_pem.write_to_path(str(file))
    command = ["openssl", "x509", "-subject_hash", "-noout", "-in", str(file)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    file.rename(tmp_path / f"{name}.0")
    use(monkeypatch, tmp_path)
    context = trusting_context({})
    assert context.get_ca_certs() == [], "nothing is read before it is needed"
    assert shaken(context) and context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED


def test_an_authority_that_is_not_there_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "0123abcd.0").write_bytes(trustme.CA().cert_pem.bytes())
    use(monkeypatch, tmp_path)
    assert not shaken(trusting_context({}))


@pytest.mark.parametrize("is_named", [True, False])
def test_a_file_of_authorities_counts_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_named: bool) -> None:
    file = tmp_path / "all.pem"
    CA.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    (tmp_path / ("0123abcd.0" if is_named else "README")).write_bytes(trustme.CA().cert_pem.bytes())
    use(monkeypatch, tmp_path)
    assert shaken(trusting_context({"SSL_CERT_FILE": str(file)} if is_named else {}))

"""Makes the test cluster's certificates, tokens and kubeconfig files; starts nothing."""

from __future__ import annotations

import base64
import secrets
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

USERS = ("admin", "viewer", "operator", "nobody")
"""Users whom the server knows; each has a token and can have a client certificate."""

EXPIRED = "expired"
"""A user whose token the server refuses with 401."""

_GROUPS = {"admin": "system:masters"}

_CA_SETTINGS = """
[ca]
default_ca = it
[it]
dir = {folder}
database = {folder}/issued.txt
new_certs_dir = {folder}
serial = {folder}/serial.txt
certificate = {folder}/ca.crt
private_key = {folder}/ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc
[client]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = none
[none]
"""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """The certificate authority that both the server and its clients are checked against.

    Uses the `openssl` program, as the project has no library for making certificates.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._settings = folder / "ca.cnf"
        self._settings.write_text(_CA_SETTINGS.format(folder=folder))
        (folder / "issued.txt").touch()
        (folder / "serial.txt").write_text(f"{secrets.randbits(60) | 1 << 60:016X}\n")
        self.root = KeyPair(folder / "ca.crt", folder / "ca.key")
        _new_key(self.root.key)
        subject = ("-subj", "/CN=spottui-test-ca", "-extensions", "root", "-config", self._settings)
        _openssl(
            "req",
            "-x509",
            "-new",
            "-key",
            self.root.key,
            "-days",
            "30",
            *subject,
            "-out",
            self.root.certificate,
        )

    def service_account_key(self) -> Path:
        """Make the key that service account tokens are signed with."""
        path = self._folder / "service-accounts.key"
        _new_key(path)
        return path

    def serving(self) -> KeyPair:
        """Make the server's certificate for 127.0.0.1."""
        return self._issue("apiserver", "/CN=kube-apiserver", "server", timedelta(days=7))

    def client(self, user: str, lifetime: timedelta = timedelta(days=1)) -> KeyPair:
        """Make a client certificate for a user; a negative lifetime gives one that has expired."""
        group = f"/O={_GROUPS[user]}" if user in _GROUPS else ""
        return self._issue(f"client-{user}-{secrets.token_hex(4)}", f"/CN={user}{group}", "client", lifetime)

    def _issue(self, name: str, subject: str, kind: str, lifetime: timedelta) -> KeyPair:
        pair = KeyPair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        request = self._folder / f"{name}.csr"
        _new_key(pair.key)
        _openssl("req", "-new", "-key", pair.key, "-subj", subject, "-config", self._settings, "-out", request)
        ends = datetime.now(UTC) + lifetime
        starts = min(datetime.now(UTC), ends) - timedelta(hours=1)
        times = ("-startdate", f"{starts:%Y%m%d%H%M%SZ}", "-enddate", f"{ends:%Y%m%d%H%M%SZ}")
        how = ("-batch", "-notext", "-config", self._settings, "-extensions", kind, *times)
        _openssl("ca", *how, "-in", request, "-out", pair.certificate)
        return pair


class Tokens:
    """The server's list of bearer tokens, one for each known user."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._tokens = {user: _new_token(user) for user in USERS}
        self._write()

    def of(self, user: str) -> str:
        """Return the token of a user; for `expired`, one that the server does not know."""
        return _new_token(user) if user == EXPIRED else self._tokens[user]

    def renew(self, user: str) -> str:
        """Give a user a new token; the server must be restarted to take the new and refuse the old one."""
        self._tokens[user] = _new_token(user)
        self._write()
        return self._tokens[user]

    def _write(self) -> None:
        lines = [f'{token},{user},{user},"{_GROUPS.get(user, "")}"' for user, token in self._tokens.items()]
        self.file.write_text("\n".join(lines) + "\n")


def write_kubeconfig(path: Path, server: str, authority: Path, user: str, credential: dict[str, Any]) -> Path:
    """Write a kubeconfig of one context, `test`; `credential` is the user's entry as kubectl knows it."""
    data = base64.b64encode(authority.read_bytes()).decode()
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority-data": data}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
                "users": [{"name": user, "user": credential}],
            },
            sort_keys=False,
        )
    )
    path.chmod(0o600)
    return path


def inline(pair: KeyPair) -> dict[str, str]:
    """Return a kubeconfig credential that carries a client certificate within the file."""
    return {
        "client-certificate-data": base64.b64encode(pair.certificate.read_bytes()).decode(),
        "client-key-data": base64.b64encode(pair.key.read_bytes()).decode(),
    }


def _new_token(user: str) -> str:
    return f"{user}-{secrets.token_hex(16)}"


def _new_key(path: Path) -> None:
    # As "EC PRIVATE KEY": the API server takes the public half of a service account key from no other form.
    _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)


def _openssl(*arguments: str | Path) -> None:
    try:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise RuntimeError("The test cluster's certificates need the `openssl` program on PATH.") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"`openssl {arguments[0]}` failed: {error.stderr}") from error

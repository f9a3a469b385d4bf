"""Makes the login of a token or a client certificate, which needs no library; what needs one is `kube_login`.

kubernetes.aio takes a quarter of a second to import on a small computer, a fifth of the way to the first pods.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from spottui.errors import BadConfig
from spottui.sources.kube_certificate import certificate_end, token_end
from spottui.sources.kube_files import Entry, read_small
from spottui.sources.kubeconfig import ClusterPlace, entries
from spottui.sources.text import clean

NEEDS_LIBRARY = ("exec", "auth-provider", "username", "password")
"""Ways to log in that kubernetes.aio knows and this module does not."""


class Login:
    """One user's credentials and the TLS context made for them; its repr shows none of them."""

    def __init__(self, headers: list[tuple[str, str]], context: ssl.SSLContext | None, server_name: str | None) -> None:
        self.headers = headers
        self.ssl_context = context
        """None for http."""
        self.server_name = server_name
        """tls-server-name of the kubeconfig."""
        self.expires_at: float | None = None
        """When the token or the client certificate ends, if it says so."""
        self.tls_digest = ""
        """Digest of the certificates: when it changes, open connections are another user's."""
        self.unsaid: tuple[str, ...] = ()
        """What must be in no sentence, whoever says it."""
        self.digest = ""
        """Digest of all credentials: when it is the same, trying again makes no sense."""


class Credentials(Struct, frozen=True, kw_only=True):
    """What a login is made of; PEM texts as bytes, empty where there is none."""

    authorization: str = ""
    """Value of the Authorization header."""
    authority: bytes = b""
    certificate: bytes = b""
    key: bytes = b""
    server_name: str | None = None
    verifies: bool = True
    """False: insecure-skip-tls-verify."""
    expires_at: float | None = None


def entries_of(place: ClusterPlace) -> tuple[Entry, Entry]:
    """Return the cluster and the user of `place`, those of a pod made from its service account.

    Raises:
        BadConfig: A file or an entry is gone or broken.
    """
    if place.kind != "in-cluster":
        return entries(place)
    folder = place.paths[0]
    cluster: Entry = {"server": place.server, "certificate-authority": str(folder / "ca.crt")}
    return cluster, {"tokenFile": str(folder / "token")}


def plain_login(place: ClusterPlace) -> Login | None:
    """Read the credentials of `place` from its files; None when they need the library. Blocking.

    Raises:
        BadConfig: A file is missing or broken.
    """
    cluster, user = entries_of(place)
    if any(user.get(way) for way in NEEDS_LIBRARY):
        return None
    token = token_of(user, place)
    credentials = Credentials(
        authorization=f"Bearer {token}" if token else "",
        authority=_content(cluster, "certificate-authority"),
        certificate=_content(user, "client-certificate"),
        key=_content(user, "client-key"),
        server_name=cluster.get("tls-server-name") or None,
        verifies=not cluster.get("insecure-skip-tls-verify"),
    )
    return login_of(place, user, credentials)


def token_of(user: Entry, place: ClusterPlace) -> str:
    """Return the token of `user`, that of its file first, without the file's closing newline."""
    if user.get("tokenFile"):
        content = read_small(Path(str(user["tokenFile"])), f"The token file of user {place.user}")
        return content.decode(errors="replace").strip()
    return str(user.get("token") or "").strip()


def login_of(place: ClusterPlace, user: Entry, credentials: Credentials) -> Login:
    """Return the login that these credentials make.

    Raises:
        BadConfig: The token or a certificate is none.
    """
    headers: list[tuple[str, str]] = []
    authorization = credentials.authorization
    if authorization:
        if not (authorization.isascii() and authorization.isprintable()):
            raise BadConfig(f"The token of user {place.user} has characters that no token has.")
        headers.append(("Authorization", authorization))
    if user.get("as"):
        headers.append(("Impersonate-User", clean(str(user["as"]))))
        headers += [("Impersonate-Group", clean(str(group))) for group in user.get("as-groups") or ()]
    login = Login(headers, _tls_context(place, credentials), credentials.server_name)
    ends = [credentials.expires_at, token_end(authorization), certificate_end(credentials.certificate)]
    login.expires_at = min((end for end in ends if end is not None), default=None)
    parts = (credentials.authority, credentials.certificate, credentials.key)
    login.tls_digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
    login.unsaid = _unsaid(authorization)
    login.digest = hashlib.sha256(f"{login.tls_digest}{headers}".encode()).hexdigest()
    return login


def _unsaid(authorization: str) -> tuple[str, ...]:
    """Return the token, or the password in both its spellings, of an Authorization header."""
    scheme, _, word = authorization.partition(" ")
    if scheme.lower() != "basic":
        return (word,)
    try:
        plain = base64.b64decode(word).decode(errors="replace")
    except ValueError:
        return (word,)
    return word, plain.partition(":")[2]


def _tls_context(place: ClusterPlace, credentials: Credentials) -> ssl.SSLContext | None:
    if not place.server.startswith("https"):
        return None
    try:
        authority = credentials.authority.decode("ascii") if credentials.authority else None
        context = ssl.create_default_context(cadata=authority)
        if credentials.certificate:
            with _on_disk(credentials.certificate) as certificate, _on_disk(credentials.key) as key:
                context.load_cert_chain(certificate, key if credentials.key else None)
        if not credentials.verifies:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        # Clusters in the field have certificates that kubectl takes and Python 3.13's strict check does not.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = clean(str(getattr(error, "reason", None) or getattr(error, "strerror", None) or "not readable"), 200)
        raise BadConfig(
            f"The certificates of {place} in {', '.join(map(str, place.paths))} cannot be used "
            f"({reason.lower().replace('_', ' ')}): they are no PEM text, or key and certificate do not match."
        ) from None
    return context


@contextlib.contextmanager
def _on_disk(content: bytes) -> Iterator[str]:
    """Lend a private file with this content: OpenSSL takes certificates and keys from files only."""
    descriptor, path = tempfile.mkstemp(prefix="spottui-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield path
    finally:
        os.unlink(path)


def _content(entry: Entry, key: str) -> bytes:
    """Return what `key`-data holds, else what the file that `key` names holds, else nothing."""
    data = entry.get(f"{key}-data")
    if data:
        return base64.b64decode(str(data))
    return read_small(Path(str(entry[key])), f"The {key} file") if entry.get(key) else b""

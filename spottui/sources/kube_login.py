"""Makes credentials and TLS settings from a ClusterPlace with kubernetes.aio.

Importing it takes a third of a second, so only a thread does that; it must not send a request to the API server.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import ssl
from pathlib import Path
from typing import Any, Literal

from aiohttp import ClientError
from kubernetes.aio.client import ApiException, Configuration
from kubernetes.aio.client.rest import RESTClientObject
from kubernetes.aio.config import ConfigException
from kubernetes.aio.config.kube_config import KubeConfigLoader

from spottui.clock import parse_time
from spottui.errors import BadConfig, LoginExpired
from spottui.sources.kube_certificate import certificate_end, token_end
from spottui.sources.kube_files import Entry, read_small
from spottui.sources.kubeconfig import ClusterPlace, entries
from spottui.sources.text import clean

PLUGIN_TIMEOUT = 30.0
"""Seconds a login plugin may take; it may ask an identity provider over the same thin link."""


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
        self.digest = ""
        """Digest of all credentials: when it is the same, trying again makes no sense."""


async def load_login(place: ClusterPlace) -> Login:
    """Read the credentials of `place` from its files, run its login plugin, and return them; in a thread's loop.

    Raises:
        BadConfig: A file is missing or broken.
        LoginExpired: The login plugin or the identity provider gave nothing.
    """
    if place.kind == "in-cluster":
        folder = place.paths[0]
        cluster: Entry = {"server": place.server, "certificate-authority": str(folder / "ca.crt")}
        user: Entry = {"tokenFile": str(folder / "token")}
    else:
        cluster, user = entries(place)
    user = _with_token(user, place)
    loader = _Loader(place, cluster, user)
    configuration = Configuration()
    # Clusters in the field have certificates that kubectl takes and Python 3.13's strict check does not.
    configuration.disable_strict_ssl_verification = True
    try:
        await loader.load_and_set(configuration)
    except ConfigException as error:
        raise BadConfig(f"The kubeconfig of {place} cannot be used: {clean(str(error), 300)}.") from None
    except (KeyError, ValueError, TypeError, AttributeError, ApiException, OSError, ClientError) as error:
        raise LoginExpired(
            f"The login of user {place.user} could not be read or renewed ({type(error).__name__}). "
            "Log in again with the tool that wrote the kubeconfig."
        ) from None
    return _login(place, configuration, user, loader.plugin_expires_at)


class _Loader(KubeConfigLoader):
    """The library's loader, but for login plugins: its has no deadline and hides errors."""

    def __init__(self, place: ClusterPlace, cluster: Entry, user: Entry) -> None:
        super().__init__(
            {
                "current-context": "it",
                "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
                "clusters": [{"name": "it", "cluster": cluster}],
                "users": [{"name": "it", "user": user}],
            },
            config_base_path="",
        )
        self._place = place
        self._entry = user
        self._plugin: dict[str, Any] = user.get("exec") or {}
        self.plugin_expires_at: float | None = None

    async def load_from_exec_plugin(self) -> Literal[True]:
        """Run the login plugin and take over the token or the client certificate that it prints."""
        status = await _run_plugin(self._plugin, self._place)
        self.plugin_expires_at = parse_time(str(status.get("expirationTimestamp") or ""))
        if status.get("token"):
            self.token = f"Bearer {str(status['token']).strip()}"
        if status.get("clientCertificateData") and status.get("clientKeyData"):
            for key, name in (("client-certificate", "clientCertificateData"), ("client-key", "clientKeyData")):
                self._entry[f"{key}-data"] = base64.b64encode(str(status[name]).encode()).decode()
        elif not status.get("token"):
            raise LoginExpired(_plugin_failed(self._plugin, "it printed neither a token nor a certificate"))
        return True


async def _run_plugin(plugin: dict[str, Any], place: ClusterPlace) -> dict[str, Any]:
    """Return the `status` that a login plugin prints."""
    version = str(plugin.get("apiVersion") or "")
    asked = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    environ = dict(place.environ)
    for item in plugin.get("env") or ():
        environ[str(item.get("name"))] = str(item.get("value"))
    environ["KUBERNETES_EXEC_INFO"] = json.dumps(asked)
    try:
        process = await asyncio.create_subprocess_exec(
            str(plugin.get("command") or ""),
            *(str(argument) for argument in plugin.get("args") or ()),
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,  # the terminal's keys are ours
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # else it may open the terminal by itself
        )
    except OSError as error:
        hint = clean(str(plugin.get("installHint") or ""), 300)
        raise LoginExpired(_plugin_failed(plugin, f"{error.strerror}. {hint}".rstrip(". "))) from None
    said, complaint = await _output(process, plugin)
    if process.returncode:
        raise LoginExpired(_plugin_failed(plugin, clean(complaint.decode(errors="replace").strip(), 300)))
    try:
        document = json.loads(said)
        status = document["status"]
    except (ValueError, KeyError, TypeError):
        raise LoginExpired(_plugin_failed(plugin, "it printed no ExecCredential")) from None
    if document.get("apiVersion") != version or not isinstance(status, dict):
        raise LoginExpired(_plugin_failed(plugin, f"it does not speak {clean(version, 100)}"))
    return status


async def _output(process: asyncio.subprocess.Process, plugin: dict[str, Any]) -> tuple[bytes, bytes]:
    try:
        return await asyncio.wait_for(process.communicate(), PLUGIN_TIMEOUT)
    except TimeoutError:
        raise LoginExpired(_plugin_failed(plugin, f"it took longer than {PLUGIN_TIMEOUT:.0f} s")) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _plugin_failed(plugin: dict[str, Any], reason: str) -> str:
    command = clean(str(plugin.get("command") or "without a name"), 200)
    return f"The login plugin {command} failed: {reason or 'it said nothing'}. Run it in a shell to log in again."


def _with_token(user: Entry, place: ClusterPlace) -> Entry:
    """Return `user` with the token file read: the library would send its closing newline along."""
    if not user.get("tokenFile"):
        return user
    token = read_small(Path(str(user["tokenFile"])), f"The token file of user {place.user}")
    rest = {key: value for key, value in user.items() if key != "tokenFile"}
    return {**rest, "token": token.decode(errors="replace").strip()}


def _login(place: ClusterPlace, configuration: Any, user: Entry, expires_at: float | None) -> Login:
    headers: list[tuple[str, str]] = []
    authorization = str(configuration.api_key.get("BearerToken") or "").strip()
    if authorization:
        if not (authorization.isascii() and authorization.isprintable()):
            raise BadConfig(f"The token of user {place.user} has characters that no token has.")
        headers.append(("Authorization", authorization))
    if user.get("as"):
        headers.append(("Impersonate-User", clean(str(user["as"]))))
        headers += [("Impersonate-Group", clean(str(group))) for group in user.get("as-groups") or ()]
    certificate = _content(configuration.cert_file)
    login = Login(headers, _tls_context(place, configuration), configuration.tls_server_name or None)
    ends = [expires_at, token_end(authorization), certificate_end(certificate)]
    login.expires_at = min((end for end in ends if end is not None), default=None)
    parts = (_content(configuration.ssl_ca_cert), certificate, _content(configuration.key_file))
    login.tls_digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
    login.digest = hashlib.sha256(f"{login.tls_digest}{headers}".encode()).hexdigest()
    return login


def _tls_context(place: ClusterPlace, configuration: Any) -> ssl.SSLContext | None:
    if not place.server.startswith("https"):
        return None
    try:
        return RESTClientObject(configuration).ssl_context
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = clean(str(getattr(error, "reason", None) or getattr(error, "strerror", None) or "not readable"), 200)
        raise BadConfig(
            f"The certificates of {place} in {', '.join(map(str, place.paths))} cannot be used "
            f"({reason.lower().replace('_', ' ')}): they are no PEM text, or key and certificate do not match."
        ) from None


def _content(path: str | None) -> bytes:
    return read_small(Path(path), "The certificate file") if path else b""

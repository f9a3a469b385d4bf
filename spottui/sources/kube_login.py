"""Makes credentials from a ClusterPlace with kubernetes.aio: login plugins, identity providers, passwords.

Importing it takes a third of a second, so only a thread does that; it must not send a request to the API server.
"""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any, Literal

from aiohttp import ClientError
from kubernetes.aio.client import ApiException, Configuration
from kubernetes.aio.config import ConfigException
from kubernetes.aio.config.kube_config import KubeConfigLoader

from spottui.clock import parse_time
from spottui.errors import BadConfig, LoginExpired
from spottui.sources.kube_files import Entry, read_small
from spottui.sources.kube_plain import Credentials, Login, entries_of, login_of, token_of
from spottui.sources.kubeconfig import ClusterPlace
from spottui.sources.text import clean
from spottui.sources.unsaid import without

PLUGIN_TIMEOUT = 30.0
"""Seconds a login plugin may take; it may ask an identity provider over the same thin link."""


async def load_login(place: ClusterPlace) -> Login:
    """Read the credentials of `place` from its files, run its login plugin, and return them; in a thread's loop.

    Raises:
        BadConfig: A file is missing or broken.
        LoginExpired: The login plugin or the identity provider gave nothing.
    """
    cluster, user = entries_of(place)
    if user.get("tokenFile"):  # the library would send the file's closing newline along
        user = {**{key: value for key, value in user.items() if key != "tokenFile"}, "token": token_of(user, place)}
    loader = _Loader(place, cluster, user)
    configuration = Configuration()
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
        said = without(complaint, [str(item.get("value")) for item in plugin.get("env") or ()])
        raise LoginExpired(_plugin_failed(plugin, clean(said.decode(errors="replace").strip(), 300)))
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
        async with asyncio.timeout(PLUGIN_TIMEOUT):
            return await process.communicate()
    except TimeoutError:
        raise LoginExpired(_plugin_failed(plugin, f"it took longer than {PLUGIN_TIMEOUT:.0f} s")) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _plugin_failed(plugin: dict[str, Any], reason: str) -> str:
    command = clean(str(plugin.get("command") or "without a name"), 200)
    return f"The login plugin {command} failed: {reason or 'it said nothing'}. Run it in a shell to log in again."


def _login(place: ClusterPlace, configuration: Any, user: Entry, expires_at: float | None) -> Login:
    credentials = Credentials(
        authorization=str(configuration.api_key.get("BearerToken") or "").strip(),
        authority=_content(configuration.ssl_ca_cert),
        certificate=_content(configuration.cert_file),
        key=_content(configuration.key_file),
        server_name=configuration.tls_server_name or None,
        verifies=bool(configuration.verify_ssl),
        expires_at=expires_at,
    )
    return login_of(place, user, credentials)


def _content(path: str | None) -> bytes:
    return read_small(Path(path), "The certificate file") if path else b""

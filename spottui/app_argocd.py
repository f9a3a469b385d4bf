"""Makes the second road to Argo CD, through argocd-server, where the settings name one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spottui.errors import BadConfig
from spottui.settings import Settings
from spottui.settings_argocd import CONFIG_DIR_VARIABLE, TOKEN_VARIABLE

if TYPE_CHECKING:
    from spottui.sources.argocd import ArgocdSource
    from spottui.sources.argocd_api import ArgocdApi
    from spottui.sources.argocd_login import ArgocdLogin

KINDS = ("applications", "appprojects", "applicationsets")
"""Kinds that argocd-server speaks for; the Kubernetes source then leaves them out."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def argocd_login(settings: Settings, environ: Mapping[str, str], home: Path) -> ArgocdLogin:
    """Return where the token for argocd-server comes from."""
    from spottui.sources.argocd_login import ArgocdLogin

    assert settings.argocd.url is not None
    folder = environ.get(CONFIG_DIR_VARIABLE) or ""
    config = (Path(folder) if folder.startswith("/") else home / ".config" / "argocd") / "config"
    said = settings.argocd
    return ArgocdLogin(
        settings.argocd.url,
        # A login that the settings name beats one of the environment.
        token="" if said.login_context else environ.get(TOKEN_VARIABLE, ""),
        token_file=said.token_file,
        config=config,
        context=said.login_context or "",
    )


def argocd_api(settings: Settings, environ: Mapping[str, str], home: Path) -> ArgocdApi | None:
    """Return the client of argocd-server; None where none is set.

    Raises:
        BadConfig: The token would cross a network in clear text.
    """
    url = settings.argocd.url
    if url is None:
        return None
    from spottui.sources.argocd_api import ArgocdApi

    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise BadConfig(f"argocd.url: {url} would send the token in clear text; use https:// and argocd.ca.")
    return ArgocdApi(url, argocd_login(settings, environ, home).token, ca=settings.argocd.ca, environ=environ)


def argocd_source(
    settings: Settings, environ: Mapping[str, str], home: Path, clock: Callable[[], float]
) -> ArgocdSource | None:
    """Return the source that speaks for `KINDS`; None: the Kubernetes API does. Raises as `argocd_api`."""
    api = argocd_api(settings, environ, home)
    if api is None:
        return None
    from spottui.sources.argocd import ArgocdSource

    return ArgocdSource(api, clock)


class ArgocdPort:
    """argocd-server as commands and their reads see it; the client is made with the first request, as it is heavy."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], home: Path) -> None:
        assert settings.argocd.url is not None
        self.url = settings.argocd.url.rstrip("/")
        self._how = settings, environ, home
        self._client: ArgocdApi | None = None

    async def request(
        self, method: str, path: str, *, query: Sequence[tuple[str, str]] = (), body: Any = None, timeout: float = 10.0
    ) -> bytes:
        """Send one request; raises as `spottui.sources.argocd_api.ArgocdApi.request`."""
        if self._client is None:
            self._client = argocd_api(*self._how)
        assert self._client is not None, "a URL is set"
        return await self._client.request(method, path, query=query, body=body, timeout=timeout)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()


def argocd_acts(settings: Settings, environ: Mapping[str, str], home: Path) -> ArgocdPort | None:
    """Return where commands on Applications go; None: to the Kubernetes API.

    Raises:
        BadConfig: They are meant to go to argocd-server, and no address of it is set.
    """
    if settings.argocd.acts != "rest":
        return None
    if settings.argocd.url is None:
        raise BadConfig('argocd.acts: is "rest", but argocd.url says no address of argocd-server.')
    return ArgocdPort(settings, environ, home)

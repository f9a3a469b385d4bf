"""Finds the token for argocd-server: environment, a file, or what `argocd login` wrote; sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import yaml

from spottui.errors import BadConfig, LoginExpired

LARGEST = 2**20
"""Bytes of a token file or of a config that are taken."""


class ArgocdLogin:
    """Reads the token anew for each request; its repr keeps it back."""

    def __init__(
        self, url: str, *, token: str = "", token_file: Path | None = None, config: Path, context: str = ""
    ) -> None:
        self._url, self._own, self._file = url, token, token_file
        self._config, self._context = config, context

    def __repr__(self) -> str:
        """Return where the token comes from."""
        return f"ArgocdLogin({self.origin})"

    @property
    def origin(self) -> str:
        """Where the token comes from, for the operator."""
        if self._file is not None:
            return str(self._file)
        return "environment ARGOCD_AUTH_TOKEN" if self._own else str(self._config)

    def token(self) -> str:
        """Return the token; blocks on files.

        Raises:
            BadConfig: A file cannot be used.
            LoginExpired: Nobody has logged in.
        """
        if self._file is not None:
            return _header_safe(_read(self._file).strip(), self._file)
        if self._own:
            return _header_safe(self._own.strip(), "environment ARGOCD_AUTH_TOKEN")
        return self._from_config()

    def _from_config(self) -> str:
        if not self._config.exists():
            raise LoginExpired(
                f"There is no login for {self._url}: set argocd.token_file, or log in with: argocd login."
            )
        try:
            found = yaml.safe_load(_read(self._config))
        except (yaml.YAMLError, RecursionError):
            raise BadConfig(f"{self._config}: is no valid YAML; log in again with: argocd login.") from None
        config = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        context = self._chosen(_rows(config, "contexts"))
        server = _named(_rows(config, "servers"), "server", str(context.get("server", "")))
        if server.get("core") is True:
            raise BadConfig(f"{self._config}: context {context.get('name')} has no argocd-server (core).")
        if _host(str(context.get("server", ""))) != _host(self._url):
            raise BadConfig(f"{self._config}: context {context.get('name')} is for another server than {self._url}.")
        token = _named(_rows(config, "users"), "name", str(context.get("user", ""))).get("auth-token")
        if not isinstance(token, str) or not token:
            raise LoginExpired(f"{self._config} has no login for {self._url}; log in with: argocd login.")
        return _header_safe(token, self._config)

    def _chosen(self, contexts: list[dict[str, Any]]) -> dict[str, Any]:
        if self._context:
            if context := _named(contexts, "name", self._context):
                return context
            raise BadConfig(f"{self._config}: there is no context {self._context} (argocd.login_context).")
        for context in contexts:
            if _host(str(context.get("server", ""))) == _host(self._url):
                return context
        raise LoginExpired(f"{self._config} has no context for {self._url}; log in with: argocd login.")


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(LARGEST)
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: the login to Argo CD cannot be read: {error}.") from error


def _header_safe(token: str, where: object) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise BadConfig(f"{where}: holds no token of Argo CD.")
    return token


def _rows(config: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = config.get(name)
    return [cast("dict[str, Any]", row) for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _named(rows: list[dict[str, Any]], key: str, value: str) -> dict[str, Any]:
    return next((row for row in rows if row.get(key) == value), {})


def _host(server: str) -> tuple[str, int]:
    try:
        parts = urlsplit(server if "://" in server else f"https://{server}")
        return (parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443))
    except ValueError:
        return ("", 0)

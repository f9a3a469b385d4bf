"""The [argocd] section: where argocd-server is and which login is used; without it the Kubernetes API is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spottui.settings_links import WebAddress
from spottui.settings_values import Choice, FilePath, Kind, Words

SERVER_VARIABLE, TOKEN_VARIABLE = "ARGOCD_SERVER", "ARGOCD_AUTH_TOKEN"
CONFIG_DIR_VARIABLE = "ARGOCD_CONFIG_DIR"
"""As Argo CD's own command line knows them."""


@dataclass(frozen=True, slots=True)
class ArgocdSettings:
    """The second road to Argo CD; the token itself is no setting, so nothing can show it."""

    url: str | None
    """Of argocd-server, with its root path; None: Applications are read through the Kubernetes API."""
    ca: Path | None
    """PEM certificates that its own is signed with; None: those of the system."""
    token_file: Path | None
    login_context: str | None
    """Context of Argo CD's own command line whose login is used; None: the one of the same server."""
    acts: str
    """What commands go through: "kubernetes", or "rest" for argocd-server."""


ARGOCD_KINDS: Mapping[str, Kind] = {
    "argocd.url": WebAddress(),
    "argocd.ca": FilePath(),
    "argocd.token_file": FilePath(),
    "argocd.login_context": Words(),
    "argocd.acts": Choice(("kubernetes", "rest")),
}
ARGOCD_DEFAULTS: Mapping[str, Any] = {"argocd.acts": "kubernetes"}


def server_url(text: str) -> str:
    """Return ARGOCD_SERVER, a host with or without a port, as a URL."""
    return text if "://" in text else f"https://{text}"

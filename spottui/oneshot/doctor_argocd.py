"""What the doctor asks argocd-server, where the settings name one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from spottui.app_argocd import argocd_api, argocd_login
from spottui.errors import SpottuiError
from spottui.oneshot.checks import Check
from spottui.settings import Settings
from spottui.sources.text import clean


async def checks(settings: Settings, environ: Mapping[str, str], home: Path) -> AsyncIterator[Check]:
    """Yield whether argocd-server answers and who we are to it."""
    try:
        api = argocd_api(settings, environ, home)
        if api is None:
            return
        try:
            version = clean(str((await api.get_json("/api/version")).get("Version") or "unknown version"), 60)
            info = await api.get_json("/api/v1/session/userinfo")
        finally:
            await api.close()
    except SpottuiError as error:
        yield Check.of_error("argocd-server", error)
        return
    origin = argocd_login(settings, environ, home).origin
    if info.get("loggedIn") is not True:
        yield Check("warn", "argocd-server", f"{version}, not logged in ({origin})", "Log in with: argocd login.")
        return
    who = clean(str(info.get("username") or "?"), 100)
    road = "argocd-server" if settings.argocd.acts == "rest" else "the Kubernetes API"
    text = f"{settings.argocd.url}, {version}, as {who} ({origin}); commands take {road}"
    yield Check("ok", "argocd-server", text)

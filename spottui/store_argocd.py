"""What the store knows of an Application's surroundings: its project, the sync windows that count, what made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import Struct

from spottui.records_appsets import ApplicationSet
from spottui.records_argocd import Application, AppProject, ArgoSettings, SyncWindow
from spottui.store import Store
from spottui.verdicts.app_troubles import is_stale, stale_after
from spottui.verdicts.global_projects import global_projects


class KnownWindows(Struct, frozen=True, kw_only=True):
    """The sync windows of an Application's project and of the global projects that count for it."""

    windows: tuple[SyncWindow, ...]
    unknown: str = ""
    """Why it is not known whether global projects add more, a sentence; empty when it is known."""


def app_sets(store: Store) -> dict[str, ApplicationSet]:
    """Return the ApplicationSets by UID."""
    return cast("dict[str, ApplicationSet]", store.objects("applicationsets"))


def place_of(app: Application) -> str:
    """Return the namespace of the Argo CD that looks after an Application, where its project is."""
    return app.controller_namespace or app.namespace


def places(store: Store) -> set[str]:
    """Return the namespaces in which there is an Argo CD, as far as is known."""
    found = {app.controller_namespace for app in store.applications.values() if app.controller_namespace}
    return found or {one.namespace for one in store.projects.values()}


def project_of(store: Store, app: Application) -> AppProject | None:
    """Return the project of an Application; None: it is not known, or not there."""
    named = [one for one in store.projects.values() if one.name == (app.project or "default")]
    near = [one for one in named if one.namespace == place_of(app)]
    if app.controller_namespace:
        return near[0] if near else None
    return next(iter(near or named), None)


def settings_of(store: Store, app: Application) -> ArgoSettings | None:
    """Return what the Argo CD of an Application is set to; None: not read yet."""
    project = project_of(store, app)
    return store.apps.settings.get(project.namespace if project is not None else place_of(app))


def is_old(store: Store, app: Application, now: float) -> bool:
    """Tell whether what Argo CD says of an Application is old; `now` is the cluster's clock."""
    return is_stale(app, now, stale_after(settings_of(store, app)))


def windows_about(store: Store, app: Application) -> KnownWindows | None:
    """Return the windows that count for an Application; None: its project is not known."""
    project = project_of(store, app)
    if project is None:
        return None
    settings = store.apps.settings.get(project.namespace)
    if settings is None:
        return KnownWindows(windows=project.windows, unknown="Argo CD's settings were not read yet.")
    if settings.global_projects is None:
        return KnownWindows(windows=project.windows, unknown=settings.why)
    windows = project.windows
    for one in global_projects(project, store.projects.values(), settings.global_projects):
        windows += one.windows
    return KnownWindows(windows=windows)


def made_by(store: Store, app: Application) -> ApplicationSet | Application | None:
    """Return what made an Application: its ApplicationSet, or the Application above it; None: nothing that is known."""
    kind, _, name = app.parent.partition("/")
    if kind == "ApplicationSet":
        found = (one for one in app_sets(store).values() if one.name == name and one.namespace == app.namespace)
        return next(found, None)
    by_name: dict[str, list[Application]] = {}
    for one in store.applications.values():
        by_name.setdefault(one.name, []).append(one)
    return parent_app(app, by_name)


def parent_app(app: Application, by_name: Mapping[str, list[Application]]) -> Application | None:
    """Return the Application above one; names may be equal in several namespaces, its own counts first."""
    kind, _, name = app.parent.partition("/")
    if kind != "Application":
        return None
    namespace, _, plain = name.rpartition("_")
    found = [one for one in by_name.get(name, ()) or by_name.get(plain, ()) if one.uid != app.uid]
    near = [one for one in found if one.namespace == (namespace or app.namespace)]
    return next(iter(near or found), None)

"""Argo CD's sync windows and destinations on the wire arrive in the records."""

from __future__ import annotations

from spottui.records_argocd import Application, AppProject, SyncWindow

from .wire import meta, one


def test_a_projects_windows_arrive_with_every_field() -> None:
    whole = {
        "kind": "deny",
        "schedule": "0 8 * * 1-5",
        "duration": "9h",
        "applications": ["nav-*"],
        "namespaces": ["robot"],
        "clusters": ["in-cluster"],
        "andOperator": True,
        "manualSync": True,
        "syncOverrun": True,
        "timeZone": "Europe/Berlin",
        "description": "flight\x1b[31m hours",
    }
    project = one("appprojects", {"metadata": meta(), "spec": {"syncWindows": [whole, {}]}})
    assert isinstance(project, AppProject)
    assert project.sync_windows == 2
    assert project.windows == (
        SyncWindow(
            kind="deny",
            schedule="0 8 * * 1-5",
            duration="9h",
            applications=("nav-*",),
            namespaces=("robot",),
            clusters=("in-cluster",),
            and_operator=True,
            manual_sync=True,
            sync_overrun=True,
            time_zone="Europe/Berlin",
            description="flight hours",
        ),
        SyncWindow(kind="", schedule="", duration=""),
    )


def test_a_project_without_windows_has_none() -> None:
    for spec in ({}, {"syncWindows": None}, {"syncWindows": []}):
        project = one("appprojects", {"metadata": meta(), "spec": spec})
        assert isinstance(project, AppProject)
        assert (project.windows, project.sync_windows) == ((), 0)


def test_an_application_says_which_cluster_it_goes_to() -> None:
    app = one("applications", {"metadata": meta(), "spec": {"destination": {"name": "in-cluster", "namespace": "nav"}}})
    assert isinstance(app, Application)
    assert (app.destination_name, app.destination_server, app.destination_namespace) == ("in-cluster", "", "nav")
    app = one("applications", {"metadata": meta(), "spec": {"destination": {"server": "https://x"}}})
    assert isinstance(app, Application)
    assert (app.destination_name, app.destination_server) == ("", "https://x")

"""Armed syncs go by the windows that Argo CD goes by: those of global projects too, by the cluster's clock."""

from __future__ import annotations

from collections.abc import Callable

from spottui.app_armed_facts import FactsReader
from spottui.events import ArgoSettingsHeard, LinkUp, ObjectsHeard
from spottui.records_argocd import AppProject, ArgoSettings, GlobalProject, SyncWindow
from spottui.records_armed import ArmedSync, source_of
from spottui.store import Store
from spottui.verdicts.release import Facts
from tests.armed_case import PLAIN
from tests.screens.app_case import NOW, an_application

DENY = SyncWindow(kind="deny", schedule="0 * * * *", duration="30m", applications=("*",), description="half hours")
HOUR = NOW // 3600 * 3600


def a_project(name: str, *windows: SyncWindow) -> AppProject:
    return AppProject(uid=name, name=name, namespace="argocd", created_at=None, windows=windows)


def asked(reader: FactsReader, store: Store) -> Facts:
    app = next(iter(store.applications.values()))
    armed = ArmedSync(
        id="1",
        namespace=app.namespace,
        name=app.name,
        uid=app.uid,
        cluster="c",
        server="https://robot",
        context="robot",
        source=source_of(app),
        conditions=PLAIN,
        armed_at=NOW,
        armed_by="ana@base",
        expires_at=NOW + 9,
    )
    return reader.facts(armed, "c")


def a_store() -> Store:
    store = Store()
    store.apply(LinkUp("kube", 0.01, NOW, "v1"))
    store.apply(ObjectsHeard("appprojects", (a_project("default"), a_project("fleet", DENY)), (), NOW))
    store.apply(ObjectsHeard("applications", (an_application("camera"),), (), NOW))
    return store


def a_reader(store: Store, now: Callable[[], float], cluster: Callable[[], float] | None = None) -> FactsReader:
    return FactsReader(store, now, lambda: 0.0, lambda: None, lambda: "", False, cluster)


def test_a_window_of_a_global_project_holds_it_back() -> None:
    store = a_store()
    reader = a_reader(store, lambda: HOUR + 600.0)
    assert asked(reader, store).is_sync_allowed is True
    named = ArgoSettings(namespace="argocd", heard_at=NOW, global_projects=(GlobalProject(project="fleet"),))
    store.apply(ArgoSettingsHeard(named))
    found = asked(reader, store)
    assert found.is_sync_allowed is False and "half hours" in found.sync_reason


def test_our_own_clock_does_not_matter() -> None:
    store = a_store()
    named = ArgoSettings(namespace="argocd", heard_at=NOW, global_projects=(GlobalProject(project="fleet"),))
    store.apply(ArgoSettingsHeard(named))
    found = asked(a_reader(store, lambda: HOUR + 600.0, lambda: HOUR + 45 * 60.0), store)
    assert found.is_sync_allowed is True and found.sync_allowed_for == 15 * 60.0

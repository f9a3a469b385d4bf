"""The columns of the list of Applications."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spottui import clock
from spottui.records_argocd import Application
from spottui.screens.columns import age_column
from spottui.screens.gitops_words import auto_words, compared_cell, health_cell, operation_cell, sync_cell
from spottui.store import Store
from spottui.store_argocd import settings_of
from spottui.verdicts.app_conditions import causes
from spottui.verdicts.app_troubles import stale_after
from spottui.verdicts.changes_words import short_revision
from spottui.widgets.row_index import Cell, Column


def application_columns(
    store: Store, plain: bool, depths: Callable[[], Mapping[str, int]], window: Callable[[Application, float], Cell]
) -> list[Column[Application]]:
    """Return the columns of the list.

    Args:
        depths: Tells by UID how deep an Application stands below its parents.
        window: Tells how its sync windows stand.
    """

    def name(application: Application, _: float) -> str:
        depth = depths().get(application.uid, 0)
        return f"{'  ' * (depth - 1)}{'`-' if plain else '└ '}{application.name}" if depth else application.name

    def behind(application: Application, _: float) -> Cell:
        found = store.apps.behind(application)
        return Cell(found.text, "warn" if found.at_least else "dim" if found.at_least is None else "")

    def trouble(application: Application, _: float) -> Cell:
        found = causes(application)
        return Cell(found[0].code, found[0].severity) if found else Cell("-", "dim")

    def compared(application: Application, now: float) -> Cell:
        return compared_cell(application, now, stale_after(settings_of(store, application)))

    def last_sync(application: Application, now: float) -> str:
        at = application.operation.finished_at if application.operation else None
        return clock.calm_age(at, now) if at is not None else "-"

    return [
        Column("name", "APPLICATION", name, sort=lambda row: row.name, min_width=14, max_width=40),
        Column("sync", "SYNC", lambda row, _: sync_cell(row, plain), sort=lambda row: row.sync, width=11),
        Column(
            "health", "HEALTH", lambda row, _: health_cell(row.health, plain), sort=lambda row: row.health, width=13
        ),
        Column("operation", "OPERATION", lambda row, _: operation_cell(row), width=16, priority=2),
        Column("behind", "BEHIND", behind, sort=lambda row: store.apps.behind(row).at_least, width=6, priority=1),
        Column(
            "compared",
            "COMPARED",
            compared,
            sort=lambda row: row.reconciled_at,
            width=8,
            priority=1,
            align="right",
            ages=True,
        ),
        Column("trouble", "TROUBLE", trouble, width=9, priority=4),
        # Sorted by project, as that has the windows: to work out those of all would take long.
        Column("window", "WINDOW", window, sort=lambda row: row.project, width=11, priority=4, ages=True),
        Column("revision", "REVISION", lambda row, _: _revision(row), width=10, priority=4),
        Column("auto", "AUTO-SYNC", lambda row, _: _auto(row), width=15, priority=5),
        Column("last", "LAST SYNC", last_sync, width=9, priority=6, align="right", ages=True),
        Column("target", "TARGET", lambda row, _: _target_revision(row), width=10, priority=6),
        Column("project", "PROJECT", lambda row, _: row.project, width=12, priority=7),
        Column("namespace", "NAMESPACE", lambda row, _: row.namespace, width=12, priority=8),
        Column("parent", "MADE BY", lambda row, _: row.parent or "-", width=20, priority=9),
        Column("repo", "REPOSITORY", lambda row, _: row.repo, min_width=20, max_width=60, priority=9),
        Column("path", "PATH", lambda row, _: row.path, width=20, wide_only=True),
        age_column(width=5, priority=8),
    ]


def _revision(row: Application) -> Cell:
    """Return the deployed revision; while sync is Unknown the other one is a branch's name."""
    deployed = "+".join(short_revision(part) for part in row.deployed_revision.split("+"))
    return Cell(deployed or "-", "" if deployed else "dim")


def _auto(row: Application) -> Cell:
    return Cell(auto_words(row), "" if row.auto_sync else "dim")


def _target_revision(row: Application) -> str:
    if len(row.sources) > 1:
        return "+".join(one.target_revision or "HEAD" for one in row.sources)
    return row.target_revision or "HEAD"

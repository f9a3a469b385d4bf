"""What made an Application: its ApplicationSet or the Application above it, in sentences; and the list of the sets."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from spottui import clock
from spottui.records_appsets import ApplicationSet
from spottui.records_argocd import Application
from spottui.screens.columns import age_column
from spottui.screens.gitops_words import HEALTH_TONES, SYNC_TONES
from spottui.screens.glyphs import glyph
from spottui.store import Store
from spottui.store_argocd import app_sets, made_by
from spottui.verdicts.app_sets import rollout, set_cause, set_word, step_of
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column
from spottui.widgets.tones import Line, Span


def parent_lines(store: Store, app: Application, now: float, plain: bool) -> list[Line]:
    """Return what made an Application, how that stands, and what it does to edits; empty when nobody did."""
    kind, _, name = app.parent.partition("/")
    if not kind:
        return []
    above = made_by(store, app)
    lead: Span = ("made by: ", "dim")
    if isinstance(above, ApplicationSet):
        return [(lead, *_set_spans(store, above)), *_set_more(above, app.name, now, plain)]
    if isinstance(above, Application):
        edits = "its self-heal sets edits of this one back" if above.self_heal else "its next sync sets edits back"
        state: tuple[Span, ...] = (
            (f" {above.sync or '?'}", SYNC_TONES.get(above.sync, "dim")),
            (f" {above.health or '?'}", HEALTH_TONES.get(above.health, "dim")),
        )
        return [(lead, (f"Application {above.name}", ""), *state, (f"  {edits}", "dim"))]
    return [(lead, (f"{kind} {name}", ""), _missing(store, kind))]


def _missing(store: Store, kind: str) -> Span:
    """Return why nothing more is said: not there, or not readable."""
    access = store.access["applicationsets" if kind == "ApplicationSet" else "applications"]
    if access.state == "live":
        return "  it is not there any more, or not where this one is: nothing makes this Application again", "warn"
    return f"  ? {access.reason or access.state}", "dim"


def _set_spans(store: Store, one: ApplicationSet) -> tuple[Span, ...]:
    word, tone = set_word(one)
    generators = _generators(one) or "no generator"
    count = children(store)[(one.namespace, one.name)]
    edits = "never updates them" if one.leaves_specs else "sets edits of their spec back"
    made = f"  {count} Application{'s' if count != 1 else ''}, {edits}"
    return (f"ApplicationSet {one.name}", ""), (f" ({generators}) ", "dim"), (word, tone), (made, "dim")


def _set_more(one: ApplicationSet, child: str, now: float, plain: bool) -> list[Line]:
    lines: list[Line] = []
    if (cause := set_cause(one)) is not None:
        since = f"  since {clock.calm_age(cause.since, now)}" if cause.since is not None else ""
        lines.append(((f"  {cause.cause}", cause.severity), (since, "dim")))
        lines.append((("-> " if plain else "→ ", "accent"), (cause.advice, "")))
    if (step := step_of(one, child)) is not None:
        place = f"step {step.step}, " if step.step else ""
        lines.append((("  progressive sync: ", "dim"), (f"{place}{step.status}", "info"), (f" {step.message}", "dim")))
    elif one.is_rolling:
        lines.append((("  progressive sync: ", "dim"), (rollout(one), "")))
    return lines


def children(store: Store) -> Counter[tuple[str, str]]:
    """Return how many Applications each ApplicationSet has made, by namespace and name."""
    return Counter(
        (app.namespace, app.parent.partition("/")[2])
        for app in store.applications.values()
        if app.parent.startswith("ApplicationSet/")
    )


def set_lines(store: Store, one: ApplicationSet, now: float, plain: bool) -> list[Line]:
    """Return what there is to say of an ApplicationSet, its conditions one by one."""
    lines: list[Line] = [_set_spans(store, one), *_set_more(one, "", now, plain)]
    for condition in one.conditions:
        said = f"{condition.status}{f' ({condition.reason})' if condition.reason else ''}"
        age = f"  {clock.calm_age(condition.since, now)}" if condition.since is not None else ""
        lines.append(((f"  {condition.type}: ", "dim"), (said, ""), (age, "dim"), (f"  {condition.message}", "dim")))
    return lines


class SetRow(Struct, frozen=True):
    """An ApplicationSet, and how many Applications it has made."""

    one: ApplicationSet
    applications: int

    @property
    def uid(self) -> str:
        """Its UID."""
        return self.one.uid

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.one.namespace


def set_rows(store: Store) -> list[SetRow]:
    """Return all ApplicationSets."""
    counted = children(store)
    return [SetRow(one, counted[(one.namespace, one.name)]) for one in app_sets(store).values()]


def sets_table(plain: bool, flash: bool, name: str) -> LiveTable[SetRow]:
    """Return the empty table of ApplicationSets."""

    def state(row: SetRow, _: float) -> Cell:
        word, tone = set_word(row.one)
        return Cell(f"{glyph(tone, plain)} {word}", tone)

    def why(row: SetRow, _: float) -> str:
        cause = set_cause(row.one)
        return cause.cause if cause is not None else "-"

    return LiveTable(
        [
            Column("name", "APPLICATIONSET", lambda row, _: row.one.name, min_width=14, max_width=40),
            Column("state", "STATE", state, width=13),
            Column(
                "apps",
                "APPS",
                lambda row, _: str(row.applications),
                sort=lambda row: row.applications,
                width=5,
                align="right",
            ),
            Column("generators", "GENERATORS", lambda row, _: _generators(row.one) or "-", width=14, priority=2),
            Column("rollout", "ROLLOUT", lambda row, _: rollout(row.one) or "-", width=20, priority=3),
            Column("namespace", "NAMESPACE", lambda row, _: row.one.namespace, width=12, priority=5),
            age_column(lambda row: row.one.created_at, width=5, priority=4),
            Column("why", "WHY", why, min_width=16, priority=1),
        ],
        key=lambda row: row.uid,
        text=lambda row: f"{row.namespace} {row.one.name} {set_word(row.one)[0]} {_generators(row.one)}",
        labels=lambda row: row.one.labels,
        flash=flash,
        plain=plain,
        id=name,
    )


def _generators(one: ApplicationSet) -> str:
    return ", ".join(dict.fromkeys(one.generators))

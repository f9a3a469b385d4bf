"""Live against target, resource by resource: folded, counted, Secrets masked; says which road gave the target."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from textual import work

from spottui.errors import NotFound, SpottuiError
from spottui.records import Target
from spottui.records_argocd import Application, AppResource, SyncResource
from spottui.screens.pager import PagerScreen
from spottui.screens.palette import target_of
from spottui.screens.parts import Parts
from spottui.verdicts.app_diff import Counted, diff, last_applied
from spottui.verdicts.app_snapshot import KNOWN
from spottui.widgets.tones import Line

MOST = 50
"""Resources that are read for one diff through the Kubernetes API."""
WITHOUT_TARGET = "The Kubernetes API does not give the target; argocd-server does: [argocd] url"
Json = Mapping[str, Any]
Resource = AppResource | SyncResource


class DiffScreen(PagerScreen):
    """Shows the differences of an Application, or of one of its resources; reads them when it opens."""

    def __init__(self, parts: Parts, app: Application, only: Resource | None = None) -> None:
        what = f"{only.kind.lower()}/{only.name}" if only is not None else f"application/{app.name}"
        super().__init__(parts, f"Diff of {what}", ["Reading…"], name=f"diff-{app.name}"[:80], paint=paint_diff)
        self._app, self._only = app, only

    def on_mount(self) -> None:
        super().on_mount()
        self._read()

    @work(group="diff")
    async def _read(self) -> None:
        try:
            lines = await difference_lines(self.parts, self._app, self._only)
        except SpottuiError as error:
            lines = [f"! {error}"]
        if self.is_mounted:
            self.show(self._title_text, lines)


async def difference_lines(parts: Parts, app: Application, only: Resource | None = None) -> list[str]:
    """Return the lines of a diff, with a head that says what is compared with what.

    Raises:
        SpottuiError: argocd-server was asked and did not answer.
    """
    notes = []
    if app.sync not in KNOWN:
        notes.append("! Sync is not known now: this is no list of what a sync would change.")
    if parts.app_targets is not None:
        states = await parts.app_targets(target_of(app, "Application"))
        found = await asyncio.to_thread(_by_server, states, only, app.sync in KNOWN)
        return [*notes, "Live against git, as argocd-server last compared them.", *_told(found)]
    chosen: Sequence[Resource] = (only,) if only is not None else app.out_of_sync or ()
    if not chosen:
        return [*notes, "Argo CD finds nothing that differs." if app.sync in KNOWN else "What differs is not known."]
    head = ["Live against what was applied last:", f"! {WITHOUT_TARGET}."]
    found = [await _by_last_applied(parts, app, one) for one in chosen[:MOST]]
    more = [f"! {len(chosen) - MOST} more resources were not read."] if len(chosen) > MOST else []
    return [*notes, *head, *_told(found), *more]


Found = tuple[str, Counted | None, str]
"""What it is about, the diff, and a note."""


def _by_server(states: Sequence[Json], only: Resource | None, is_known: bool) -> list[Found]:
    found: list[Found] = []
    for one in states:
        name = f"{one.get('kind')}/{one.get('name')}"
        if one.get("hook") or (only is not None and _ident(one) != (only.group, only.kind, only.namespace, only.name)):
            continue
        live, target = one.get("normalizedLiveState") or one.get("liveState"), one.get("predictedLiveState")
        if one.get("targetState") is None and not is_known:
            found.append((name, None, "what git wants of it is not known while sync is Unknown"))
            continue
        if one.get("liveState") is None:
            live, target = None, one.get("targetState")
        elif one.get("targetState") is None:
            target = None
        counted = diff(live, target)
        if counted.lines or only is not None:
            note = "would be made" if live is None else "no longer in git: would be pruned" if target is None else ""
            found.append((name, counted, note))
    return found


def _ident(one: Json) -> tuple[str, ...]:
    return tuple(str(one.get(key) or "") for key in ("group", "kind", "namespace", "name"))


async def _by_last_applied(parts: Parts, app: Application, one: Resource) -> Found:
    name = f"{one.kind}/{one.name}"
    target = Target(kind=one.kind, namespace=one.namespace, name=one.name, uid="")
    try:
        live = await parts.fetch(target)
    except NotFound:
        return name, None, "it is not in the cluster: a sync would make it"
    except SpottuiError as error:
        return name, None, f"? {error}"
    applied = last_applied(live)
    if applied is None:
        return name, None, "? it does not carry what was applied last, and its target is not known"
    counted = await asyncio.to_thread(diff, live, applied)
    if counted.lines:
        return name, counted, "changed in the cluster since it was applied"
    return name, counted, "as it was applied; what differs is what git has since, and is not known here"


def _told(found: Sequence[Found]) -> list[str]:
    found = [(name, one, note) for name, one, note in found if one is None or one.lines or note]
    if not found:
        return ["", "Nothing differs."]
    added = sum(one.added for _, one, _ in found if one is not None)
    removed = sum(one.removed for _, one, _ in found if one is not None)
    count = sum(bool(one is not None and one.lines) for _, one, _ in found)
    how = f"+{added} -{removed}  (- live, + wanted)"
    differ = f"{len(found)} {'resource differs' if len(found) == 1 else 'resources differ'}"
    lines = [f"{differ}: {how}" if count == len(found) else f"{differ}; known of {count} is how: {how}"]
    for name, one, note in found:
        counts = f"  +{one.added} -{one.removed}" if one is not None and one.lines else ""
        lines += ["", f"@ {name}{counts}", *([f"  … {note}"] if note else [])]
        if one is not None:
            lines += one.lines
            if one.left_out:
                lines.append(f"  … {one.left_out} live fields that git does not name are left out")
    return lines


def paint_diff(text: str) -> Line:
    """Return a line of a diff in its tone."""
    tones = {"-": "bad", "+": "good", "@": "title", "!": "warn"}
    tone = tones.get(text[:1], "")
    return ((text, "dim" if not tone and text.startswith("  …") else tone),)

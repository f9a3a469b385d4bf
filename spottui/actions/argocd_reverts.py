"""Who sets the spec of an Application back when it is changed by hand: its ApplicationSet, its app of apps, a hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spottui.actions.argocd_owner import heals, parent_name, parent_of
from spottui.actions.objects import Object, collection, metadata, part, read, rows, said, segment
from spottui.actions.services import Services
from spottui.errors import SpottuiError

AGENT = "argocd.argoproj.io/source-uid"
"""argocd-agent stamps it on Applications whose spec comes from the hub (its managed mode)."""
AUTO_SYNC = ("spec", "syncPolicy", "automated", "enabled")
SELF_HEAL = ("spec", "syncPolicy", "automated", "selfHeal")
LEAVES_SPECS = ("create-only", "create-delete")
"""Values of an ApplicationSet's applicationsSync with which it never updates an Application."""


@dataclass(frozen=True)
class Reverter:
    """Who sets a change back."""

    name: str
    """"ApplicationSet fleet"."""
    is_sure: bool
    """It does, and soon; else it may."""
    text: str
    """A sentence for the question."""


async def reverter(services: Services, app: Object, field: tuple[str, ...]) -> Reverter | None:
    """Return who sets a change of a field of the spec back; None: nobody is known to."""
    if AGENT in part(app, "metadata", "annotations"):
        name = "the hub of argocd-agent"
        return Reverter(name, True, "Its spec comes from the hub of argocd-agent, which sets it back.")
    for row in rows(metadata(app), "ownerReferences"):
        if row.get("kind") == "ApplicationSet":
            return await _of_set(services, app, str(row.get("name") or ""), field)
    return await _of_parent(services, app)


async def _of_set(services: Services, app: Object, plain: str, field: tuple[str, ...]) -> Reverter | None:
    name = f"ApplicationSet {said(plain, 80)}"
    namespace = str(metadata(app).get("namespace") or "")
    try:
        found = await read(services.api, f"{collection('ApplicationSet', namespace)}/{segment(plain)}")
    except SpottuiError:
        return Reverter(name, False, f"{name} made it; whether that sets its spec back is not known.")
    spec = part(found, "spec")
    if part(spec, "strategy").get("type") == "RollingSync":
        return Reverter(name, True, f"{name} rolls its Applications out itself and keeps their auto-sync off.")
    if part(spec, "syncPolicy").get("applicationsSync") in LEAVES_SPECS:
        return None
    if any(_ignores(row, app, field) for row in rows(spec, "ignoreApplicationDifferences")):
        return None
    return Reverter(name, True, f"{name} made it and sets its spec back within minutes.")


def _ignores(row: Object, app: Object, field: tuple[str, ...]) -> bool:
    """Whether an ApplicationSet leaves a field of an Application alone."""
    if row.get("name") not in (None, "", metadata(app).get("name")):
        return False
    pointers = {"/" + "/".join(above) for above in _above(field)}
    expressions = {"." + ".".join(above) for above in _above(field)}
    listed = row.get("jsonPointers"), row.get("jqPathExpressions")
    given = [set(each) if isinstance(each, list) else set() for each in listed]
    return bool(given[0] & pointers or given[1] & expressions)


def _above(field: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (field[:length] for length in range(1, len(field) + 1))


async def _of_parent(services: Services, app: Object) -> Reverter | None:
    name = f"Application {said(parent_name(app), 80)}"
    try:
        parent = await parent_of(services, app)
    except SpottuiError:
        return Reverter(name, False, f"It belongs to the {name}; whether that sets its spec back is not known.")
    if parent is None:
        return None
    if heals(parent):
        return Reverter(name, True, f"It belongs to the {name}, which heals itself and sets its spec back.")
    return Reverter(name, False, f"It belongs to the {name}, whose next sync sets its spec back to git.")

"""Syncs Argo CD Applications through the Kubernetes API, as Argo CD's own server does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from spottui.actions import argocd_windows
from spottui.actions.argocd_operation import check_free, standing_note, start
from spottui.actions.argocd_results import DRY_RUN, SYNC, watch_operation
from spottui.actions.argocd_wish import DANGEROUS, FLAGS, HARMLESS, MOST_RETRIES, SELECT, Wish, wish_of, words
from spottui.actions.elapsed import Elapsed
from spottui.actions.forms import Field, Pick
from spottui.actions.objects import Object, fetch, part, rows, said
from spottui.actions.services import Options, Services
from spottui.errors import SpottuiError
from spottui.records import Target

AT_ONCE = 4
LOOKED_AT = 40
"""Applications of one question that are looked at: each costs a few reads."""
RETRY = "retry"
CHOOSABLE: tuple[tuple[str, str, str], ...] = (
    ("server_side", "Server-side apply", "the API server merges, with field owners"),
    ("out_of_sync", "Only what is out of sync", "faster where there are many resources"),
    ("no_hooks", "Without hooks", "Jobs before and after are not run"),
    ("dry_run", "Dry run", "nothing is changed"),
    (SELECT, "Selected resources only", "asked for next; no hooks, no history row"),
    (RETRY, "Retries", "how often is asked for next"),
)
WORST: tuple[tuple[str, str, str], ...] = (
    ("force", "Force", "DELETES and makes anew what cannot be changed"),
    ("replace", "Replace", "replaces whole objects instead of merging"),
    ("prune", "Prune", "DELETES what is no longer in git"),
)


# -- the questions -----------------------------------------------------------------------------------


async def preview_sync(services: Services, target: Target, options: Options) -> str:
    """Say what stands in the way of a sync, and what the windows allow.

    Raises:
        SpottuiError: An operation is in progress, a window forbids it; NotFound when it is another one now.
    """
    return await _preview(services, target, wish_of(options, allowed=HARMLESS))


async def preview_dry_run(services: Services, target: Target, options: Options) -> str:
    """Say the same; a dry run may be one of any sync."""
    return await _preview(services, target, wish_of(options, implied=("dry_run",), allowed=FLAGS))


async def preview_prune(services: Services, target: Target, options: Options) -> str:
    """Say the same, and refuse while nothing is known about what is in git."""
    return await _preview(services, target, wish_of(options, implied=("prune",), allowed=HARMLESS))


async def preview_options(services: Services, target: Target, options: Options) -> str:
    """Say the same of a sync with chosen options, none of which deletes anything."""
    return await _preview(services, target, wish_of(options, allowed=HARMLESS | {"dry_run"}))


async def preview_force(services: Services, target: Target, options: Options) -> str:
    """Say the same of a sync with any options."""
    return await _preview(services, target, wish_of(options, allowed=FLAGS))


async def _preview(services: Services, target: Target, wish: Wish) -> str:
    app = await fetch(services, target)
    check_free(app, target)
    wish.check(app, target)
    notes = [standing_note(app, services), await argocd_windows.note_for(services, app, target)]
    if "prune" in wish.flags:
        notes.append(_pruned(app, wish))
    return " ".join(note for note in notes if note)


def _pruned(app: Object, wish: Wish) -> str:
    """Say what would be deleted; known only of the revision that was compared."""
    if wish.revision:
        return ""
    gone = [row for row in rows(part(app, "status"), "resources") if row.get("requiresPruning") is True]
    names = ", ".join(f"{said(row.get('kind'), 80)} {said(row.get('name'), 253)}" for row in gone[:3])
    more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
    return f"To be deleted: {names}{more}." if gone else "Nothing is to be deleted, as Argo CD last saw it."


async def preview_many(services: Services, targets: Sequence[Target]) -> str:
    """Say which of the first `LOOKED_AT` cannot be synced now and why; they are refused one by one later."""
    room, refused = asyncio.Semaphore(AT_ONCE), list[str]()

    async def look(target: Target) -> None:
        async with room:
            try:
                await _preview(services, target, Wish())
            except SpottuiError as error:
                refused.append(str(error).removesuffix("Nothing was sent.").strip())

    async with asyncio.TaskGroup() as group:
        for target in targets[:LOOKED_AT]:
            group.create_task(look(target))
    if not refused:
        return ""
    more = f" And {len(refused) - 3} more cannot." if len(refused) > 3 else ""
    return f"{len(refused)} of them cannot be synced now and will be refused: {' '.join(refused[:3])}{more}"


def describe(what: str) -> Callable[[Target, Options], str]:
    """Return a describer that names everything that was chosen."""

    def sentence(target: Target, options: Options) -> str:
        where = f" in namespace {target.namespace}" if target.namespace else ""
        return f"{what} {target}{where}{words(options)}"

    return sentence


# -- what is asked for before -----------------------------------------------------------------------


async def form_options(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for revision, options, resources and retries; none of the options deletes anything.

    Raises:
        SpottuiError: An operation is in progress.
    """
    return await _form(services, target, CHOOSABLE)


async def form_force(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the same, and for what deletes and replaces.

    Raises:
        SpottuiError: An operation is in progress.
    """
    return await _form(services, target, (*WORST, *CHOOSABLE))


async def _form(services: Services, target: Target, choosable: Sequence[tuple[str, str, str]]) -> tuple[Field, ...]:
    app = await fetch(services, target)
    check_free(app, target)
    spec = part(app, "spec")
    sources = rows(spec, "sources") or [part(spec, "source")]
    own = ", ".join(said(each.get("targetRevision"), 60) or "HEAD" for each in sources)
    each = " One for each source, comma-separated." if len(sources) > 1 else ""
    return (
        Field(name="revision", text=f"Sync {target} to which revision? Empty: {own}.{each}", is_optional=True),
        Field(
            name="flags",
            text=f"Sync {target} how? space marks, enter goes on; nothing marked is a plain sync.",
            kind="several",
            picks=tuple(Pick(*pick) for pick in choosable),
            is_optional=True,
        ),
        Field(
            name="resources",
            text=f"Which resources of {target}? space marks, enter goes on.",
            kind="several",
            picks=resource_picks(app),
            asked_if=lambda answers: SELECT in answers.get("flags", ()),
        ),
        Field(
            name="retry",
            text="Try again how often when it fails? 0 is not at all.",
            kind="number",
            value="2",
            most=MOST_RETRIES,
            asked_if=lambda answers: RETRY in answers.get("flags", ()),
        ),
    )


def resource_picks(app: Object) -> tuple[Pick, ...]:
    """Return the resources that can be selected, those that differ first; hooks never are part of such a sync."""
    listed = [row for row in rows(part(app, "status"), "resources") if row.get("name") and row.get("hook") is not True]
    listed.sort(key=lambda row: row.get("status") == "Synced")
    return tuple(Pick(_reference_of(row), resource_name(row), said(row.get("status"), 40)) for row in listed)


def _reference_of(row: Object) -> Object:
    return {name: str(row[name]) for name in ("group", "kind", "namespace", "name") if row.get(name)}


def resource_name(row: Object) -> str:
    """Return a resource as it is shown: "Deployment nav/planner"."""
    namespace = said(row.get("namespace"), 63)
    name = said(row.get("name"), 253)
    return f"{said(row.get('kind'), 80)} {f'{namespace}/' if namespace else ''}{name}"


# -- the acts -----------------------------------------------------------------------------------------


async def sync(services: Services, target: Target, options: Options) -> str:
    """Sync to `options["revision"]`, or to the Application's own target revision."""
    return await _sync(services, target, wish_of(options, allowed=HARMLESS))


async def dry_run(services: Services, target: Target, options: Options) -> str:
    """Let Argo CD try a sync with the same options, without changing anything."""
    return await _sync(services, target, wish_of(options, implied=("dry_run",), allowed=FLAGS))


async def sync_and_prune(services: Services, target: Target, options: Options) -> str:
    """Sync and delete what is no longer in git."""
    return await _sync(services, target, wish_of(options, implied=("prune",), allowed=HARMLESS))


async def sync_with_options(services: Services, target: Target, options: Options) -> str:
    """Sync with chosen options, none of which deletes anything."""
    return await _sync(services, target, wish_of(options, allowed=HARMLESS | {"dry_run"}))


async def sync_by_force(services: Services, target: Target, options: Options) -> str:
    """Sync with any options: force, replace and prune too."""
    return await _sync(services, target, wish_of(options, allowed=HARMLESS | DANGEROUS | {"dry_run"}))


async def _sync(services: Services, target: Target, wish: Wish) -> str:
    def request(app: Object) -> Object:
        wish.check(app, target)
        return wish.request(app)

    elapsed = Elapsed(services.clock)
    asked = await start(services, target, request)
    told = DRY_RUN if wish.is_dry_run else SYNC
    return await watch_operation(services, target, asked, elapsed, told._replace(is_selective=bool(wish.resources)))

"""Says which Argo CD Application an object belongs to, and whether Argo CD takes a change by hand back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from spottui.actions.objects import Object, fetch, metadata, part, read, rows, said
from spottui.actions.services import Services
from spottui.errors import NotFound, SpottuiError
from spottui.records import Target

TRACKING = "argocd.argoproj.io/tracking-id"
""""app:group/Kind:namespace/name"; an Application outside Argo CD's own namespace is "namespace_name"."""
INSTANCE = "app.kubernetes.io/instance"
"""Argo CD's tracking label; Helm sets it too, so it is believed only when the Application lists the object."""
APPLICATIONS = "/apis/argoproj.io/v1alpha1/applications"
AT_ONCE = 4
LOOKED_AT = 20
"""Targets of one question that are looked at: each costs two reads."""


async def taken_back(services: Services, found: Object) -> str:
    """Return a sentence for the question when an Application owns `found`; empty when none is known to."""
    tracked = _tracked(found)
    name = tracked or str(part(found, "metadata", "labels").get(INSTANCE) or "")
    if not name:
        return ""
    try:
        application = await _owner(services, found, name)
    except SpottuiError:  # this is only a note: the question is still asked
        return (
            f"It belongs to the Application {said(name)}; whether that takes it back is not known." if tracked else ""
        )
    if application is None:
        return ""
    plain = said(metadata(application).get("name"))
    if heals(application):
        return f"The Application {plain} heals itself: Argo CD soon sets back what git says otherwise."
    return f"It belongs to the Application {plain}: its next sync sets back what git says otherwise."


async def taken_back_of_many(services: Services, targets: Sequence[Target]) -> str:
    """Return the same for many: which self-healing Applications own some of the first `LOOKED_AT` of them."""
    room, healing = asyncio.Semaphore(AT_ONCE), set[str]()

    async def look(target: Target) -> None:
        async with room:
            with contextlib.suppress(SpottuiError):  # as above
                found = await fetch(services, target)
                name = _tracked(found) or str(part(found, "metadata", "labels").get(INSTANCE) or "")
                application = await _owner(services, found, name) if name else None
                if application is not None and heals(application):
                    healing.add(said(metadata(application).get("name")))

    async with asyncio.TaskGroup() as group:
        for target in targets[:LOOKED_AT]:
            group.create_task(look(target))
    if not healing:
        return ""
    one = len(healing) == 1
    who = f"The Application{'' if one else 's'} {', '.join(sorted(healing))} heal{'s itself' if one else ' themselves'}"
    return f"{who}: Argo CD soon sets back what git says otherwise."


def heals(application: Object) -> bool:
    """Argo CD sets changes back by itself: auto-sync is on, with selfHeal."""
    return is_automated(application) and part(application, "spec", "syncPolicy", "automated").get("selfHeal") is True


def is_automated(application: Object) -> bool:
    """Auto-sync is on: `automated` is there, and `enabled` is absent, null or true."""
    automated = part(application, "spec", "syncPolicy").get("automated")
    return isinstance(automated, dict) and automated.get("enabled") is not False


def parent_name(application: Object) -> str:
    """Return the app of apps that an Application says it belongs to; empty when it says none."""
    meta = metadata(application)
    parent, _, rest = str(part(application, "metadata", "annotations").get(TRACKING) or "").partition(":")
    if rest == f"argoproj.io/Application:{meta.get('namespace')}/{meta.get('name')}":
        return parent
    labelled = str(part(application, "metadata", "labels").get(INSTANCE) or "")
    return "" if labelled == meta.get("name") else labelled


async def parent_of(services: Services, application: Object) -> Object | None:
    """Return the app of apps that lists an Application; None: there is none.

    Raises:
        SpottuiError: The Applications cannot be read.
    """
    name = parent_name(application)
    return await _owner(services, {**application, "kind": "Application"}, name) if name else None


async def _owner(services: Services, found: Object, name: str) -> Object | None:
    """Return the Application of that name that lists `found`."""
    app_namespace, _, plain = name.rpartition("_")
    query = (("fieldSelector", f"metadata.name={plain}"), ("limit", "20"))
    try:
        applications = rows(await read(services.api, APPLICATIONS, query), "items")
    except NotFound:  # there is no Argo CD
        return None
    for one in applications:
        meta = metadata(one)
        if meta.get("name") == plain and app_namespace in ("", meta.get("namespace")) and _lists(one, found):
            return one
    return None


def _tracked(found: Object) -> str:
    """Return the Application in the tracking annotation; copies of it on other objects do not count."""
    application, _, rest = str(part(found, "metadata", "annotations").get(TRACKING) or "").partition(":")
    group = str(found.get("apiVersion", "")).rpartition("/")[0]
    mine = f"{group}/{found.get('kind')}:{metadata(found).get('namespace')}/{metadata(found).get('name')}"
    return application if rest == mine else ""


def _lists(application: Object, found: Object) -> bool:
    wanted = (found.get("kind"), metadata(found).get("namespace"), metadata(found).get("name"))
    listed = rows(part(application, "status"), "resources")
    return any((row.get("kind"), row.get("namespace"), row.get("name")) == wanted for row in listed)

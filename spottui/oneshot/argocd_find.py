"""Finds Argo CD Applications by the names that an operator types."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from spottui.actions.objects import Object, collection, metadata, parsed, rows, uid_of
from spottui.app_argocd import ArgocdPort, argocd_acts
from spottui.app_place import place_of
from spottui.errors import BadConfig, Forbidden, NotFound
from spottui.oneshot.connection import Connection, connected
from spottui.records import Target
from spottui.records_argocd import Application
from spottui.settings import Settings
from spottui.sources.argocd_reads import ArgocdReads

Called = TypeVar("Called", Target, Application)

ARGOCD_NAMESPACE = "argocd"
NOT_INSTALLED = "This cluster has no Argo CD Applications: Argo CD is not installed."
PAGE = 500
PATIENCE = 30.0
"""Seconds for one page; on a thin link they are slow."""


class Narrow(list[Object]):
    """The Applications of one namespace, where those of all may not be listed."""

    limit = ""
    """A sentence on that, with a space before it."""


def limit_of(listed: Sequence[Object]) -> str:
    """Return what limits a list of Applications, as the end of a sentence; empty when nothing does."""
    return listed.limit if isinstance(listed, Narrow) else ""


@asynccontextmanager
async def chosen(
    settings: Settings, environ: Mapping[str, str], home: Path, names: Sequence[str]
) -> AsyncIterator[tuple[Connection, list[Target]]]:
    """Connect and find the Applications ("name" or "namespace/name"), for as long as the block runs.

    Raises:
        SpottuiError: There is no cluster, or a name is nobody's or several ones'.
    """
    async with acting(settings, environ, home) as connection:
        listed = await listing(connection, namespaces_of(names))
        targets = [find(listed, name) for name in names]
        yield connection, list(dict.fromkeys(targets))


@asynccontextmanager
async def reading(settings: Settings, environ: Mapping[str, str], home: Path) -> AsyncIterator[Connection]:
    """Connect to read Applications: from argocd-server where the settings name one, as the screens do.

    Raises:
        SpottuiError: There is no cluster, or it does not answer.
    """
    server = None if settings.argocd.url is None else ArgocdPort(settings, environ, home)
    async with connected(place_of(settings, environ, home)) as connection, _through(connection, server) as one:
        yield replace(one, argocd=None)


@asynccontextmanager
async def acting(settings: Settings, environ: Mapping[str, str], home: Path) -> AsyncIterator[Connection]:
    """Connect to command Applications, and to read them over the same road.

    Raises:
        SpottuiError: There is no cluster, or it does not answer; BadConfig when the settings contradict themselves.
    """
    server = argocd_acts(settings, environ, home)
    async with connected(place_of(settings, environ, home)) as connection, _through(connection, server) as one:
        yield one


@asynccontextmanager
async def commanding(
    settings: Settings, environ: Mapping[str, str], home: Path, connection: Connection
) -> AsyncIterator[Connection]:
    """Give a connection the road of commands on Applications, for as long as the block runs.

    Raises:
        BadConfig: The settings contradict themselves.
    """
    async with _through(connection, argocd_acts(settings, environ, home)) as one:
        yield one


@asynccontextmanager
async def _through(connection: Connection, server: ArgocdPort | None) -> AsyncIterator[Connection]:
    if server is None:
        yield connection
        return
    try:
        yield replace(connection, argocd=server, reads=ArgocdReads(connection.api, server))
    finally:
        await server.close()


def namespaces_of(names: Sequence[str]) -> str | None:
    """Return the one namespace that all names carry; None: more than one, or none."""
    spaces = {name.rpartition("/")[0] for name in names}
    return spaces.pop() or None if len(spaces) == 1 else None


async def listing(connection: Connection, namespace: str | None) -> list[Object]:
    """Return the Applications of a namespace; None is all, or where that is forbidden the one of Argo CD.

    Raises:
        Forbidden: They cannot be listed there either.
        NotFound: Argo CD is not installed.
    """
    try:
        return [row for page in await pages(connection, namespace) for row in rows(page, "items")]
    except Forbidden as error:
        if namespace:
            raise
        own = connection.place.namespace or ARGOCD_NAMESPACE
        found = Narrow([row for page in await pages(connection, own) for row in rows(page, "items")])
        found.limit = f" Only namespace {own} was looked at: {error}"
        return found
    except NotFound as error:
        raise NotFound(NOT_INSTALLED) from error


async def pages(connection: Connection, namespace: str | None) -> list[Object]:
    """Return the pages of the list of Applications."""
    path, found, token = collection("Application", namespace or ""), list[Object](), ""
    while True:
        query = [("limit", str(PAGE)), *([("continue", token)] if token else [])]
        page = parsed(await connection.apps.request("GET", path, query=query, timeout=PATIENCE), path)
        found.append(page)
        token = str(metadata(page).get("continue") or "")
        if not token:
            return found


def find(listed: Sequence[Object], name: str) -> Target:
    """Return the listed Application called "name" or "namespace/name"; raises as `one_called`."""
    return one_called([target_of(row) for row in listed], name, limit_of(listed))


def one_called(known: Sequence[Called], name: str, limit: str = "") -> Called:
    """Return the one Application called "name" or "namespace/name"; `limit` ends the sentence that there is none.

    Raises:
        BadConfig: Several are called so; lists them.
        NotFound: There is none; names near ones.
    """
    namespace, _, plain = name.rpartition("/")
    called = [one for one in known if one.name == plain and namespace in ("", one.namespace)]
    if len(called) == 1:
        return called[0]
    if called:
        names = ", ".join(f"{one.namespace}/{one.name}" for one in called)
        raise BadConfig(f"Several Applications are called {plain}: {names}. Write one of these.")
    near = difflib.get_close_matches(plain, [one.name for one in known], 3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise NotFound(f"There is no Application {name}.{hint}{limit}")


def target_of(row: Object) -> Target:
    """Return the target that a listed Application is."""
    meta = metadata(row)
    return Target(
        kind="Application",
        namespace=str(meta.get("namespace") or ""),
        name=str(meta.get("name") or ""),
        uid=uid_of(row),
    )

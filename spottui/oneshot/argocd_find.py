"""Finds Argo CD Applications by the names that an operator types."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from spottui.actions.objects import Object, collection, metadata, parsed, rows, uid_of
from spottui.config import Settings
from spottui.errors import BadConfig, Forbidden, NotFound
from spottui.oneshot.connection import Connection, connected, place_of
from spottui.records import Target

ARGOCD_NAMESPACE = "argocd"
NOT_INSTALLED = "This cluster has no Argo CD Applications: Argo CD is not installed."
PAGE = 500
PATIENCE = 30.0
"""Seconds for one page; on a thin link they are slow."""


@asynccontextmanager
async def chosen(
    settings: Settings, environ: Mapping[str, str], home: Path, names: Sequence[str]
) -> AsyncIterator[tuple[Connection, list[Target]]]:
    """Connect and find the Applications ("name" or "namespace/name"), for as long as the block runs.

    Raises:
        SpottuiError: There is no cluster, or a name is nobody's or several ones'.
    """
    async with connected(place_of(settings, environ, home)) as connection:
        listed = await listing(connection, namespaces_of(names))
        targets = [find(listed, name) for name in names]
        yield connection, list(dict.fromkeys(targets))


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
    except Forbidden:
        if namespace:
            raise
        own = connection.place.namespace or ARGOCD_NAMESPACE
        return [row for page in await pages(connection, own) for row in rows(page, "items")]
    except NotFound as error:
        raise NotFound(NOT_INSTALLED) from error


async def pages(connection: Connection, namespace: str | None) -> list[Object]:
    """Return the pages of the list of Applications."""
    path, found, token = collection("Application", namespace or ""), list[Object](), ""
    while True:
        query = [("limit", str(PAGE)), *([("continue", token)] if token else [])]
        page = parsed(await connection.api.request("GET", path, query=query, timeout=PATIENCE), path)
        found.append(page)
        token = str(metadata(page).get("continue") or "")
        if not token:
            return found


def find(listed: Sequence[Object], name: str) -> Target:
    """Return the Application called "name" or "namespace/name".

    Raises:
        BadConfig: Several are called so; lists them.
        NotFound: There is none; names near ones.
    """
    namespace, _, plain = name.rpartition("/")
    targets = [target_of(row) for row in listed]
    called = [one for one in targets if one.name == plain and namespace in ("", one.namespace)]
    if len(called) == 1:
        return called[0]
    if called:
        names = ", ".join(f"{target.namespace}/{target.name}" for target in called)
        raise BadConfig(f"Several Applications are called {plain}: {names}. Write one of these.")
    near = difflib.get_close_matches(plain, [target.name for target in targets], 3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise NotFound(f"There is no Application {name}.{hint}")


def target_of(row: Object) -> Target:
    """Return the target that a listed Application is."""
    meta = metadata(row)
    return Target(
        kind="Application",
        namespace=str(meta.get("namespace") or ""),
        name=str(meta.get("name") or ""),
        uid=uid_of(row),
    )

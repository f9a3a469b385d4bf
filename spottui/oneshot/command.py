"""`spottui restart`: one command on a workload, with the command line as consent."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

from spottui.actions.objects import collection, metadata, path_of, read, rows, uid_of
from spottui.actions.registry import by_id
from spottui.app_place import place_of
from spottui.errors import BadConfig, NotFound, SpottuiError
from spottui.oneshot.awaiting import perform_all
from spottui.oneshot.connection import Connection, connected
from spottui.oneshot.performing import check_writable
from spottui.records import Target
from spottui.settings import Settings

KINDS = {
    "Deployment": ("deploy", "deployment", "deployments"),
    "StatefulSet": ("sts", "statefulset", "statefulsets"),
    "DaemonSet": ("ds", "daemonset", "daemonsets"),
}


async def restart(settings: Settings, environ: Mapping[str, str], home: Path, words: str, wait: float) -> str:
    """Restart a workload ("kind/name"); return one sentence.

    Raises:
        SpottuiError: It was refused, failed, or was not complete in time.
    """
    kind, name = parse_workload(words)
    check_writable(settings)
    async with connected(place_of(settings, environ, home)) as connection:
        namespace = connection.place.namespace or "default"
        target = await find_workload(connection, kind, namespace, name)
        (ended,) = await perform_all(settings, environ, connection, by_id("workload.restart"), [target], {}, wait=wait)
    if ended.error is not None:
        raise ended.error
    return ended.text


def parse_workload(words: str) -> tuple[str, str]:
    """Return kind and name of "deploy/camera".

    Raises:
        BadConfig: It is no such thing.
    """
    short, slash, name = words.partition("/")
    word = short.lower().removesuffix(".apps").removesuffix(".v1.apps")
    for kind, names in KINDS.items():
        if word in names and slash and name and "/" not in name:
            return kind, name
    known = [name for names in KINDS.values() for name in names]
    near = difflib.get_close_matches(word, known, 1)
    hint = f" Did you mean {near[0]}/{name}?" if near and name else ""
    raise BadConfig(f'"{words}" is no workload: write deploy/NAME, sts/NAME or ds/NAME.{hint}')


async def find_workload(connection: Connection, kind: str, namespace: str, name: str) -> Target:
    """Return the workload as it is now.

    Raises:
        NotFound: There is none; says in which namespaces there is one of this name.
    """
    target = Target(kind=kind, namespace=namespace, name=name, uid="")
    try:
        found = await read(connection.api, path_of(target))
    except NotFound as error:
        elsewhere = await _namespaces_with(connection, kind, name)
        hint = f" There is one in {', '.join(elsewhere)}; name it with -n." if elsewhere else ""
        raise NotFound(f"There is no {target} in namespace {namespace}.{hint}") from error
    return Target(kind=kind, namespace=namespace, name=name, uid=uid_of(found))


async def _namespaces_with(connection: Connection, kind: str, name: str) -> list[str]:
    try:
        found = await read(connection.api, collection(kind, ""), (("fieldSelector", f"metadata.name={name}"),))
    except SpottuiError:
        return []  # a hint that cannot be had is no error
    return sorted(str(metadata(row).get("namespace")) for row in rows(found, "items"))

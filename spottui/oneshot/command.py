"""`spottui sync` and `spottui restart`: one command through the one road, with the command line as consent."""

from __future__ import annotations

import asyncio
import difflib
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from spottui.actions.objects import (
    PASSING,
    Object,
    collection,
    fetch,
    metadata,
    part,
    path_of,
    read,
    rows,
    said,
    uid_of,
)
from spottui.actions.registry import Action, by_id
from spottui.actions.rollout import judge
from spottui.actions.services import Services, Unfinished
from spottui.config import Settings
from spottui.errors import BadConfig, Forbidden, NotFound, OutcomeUnknown, SpottuiError
from spottui.oneshot.connection import Connection, connected, place_of
from spottui.oneshot.performing import check_writable, consent, performing
from spottui.records import Target

KINDS = {
    "Deployment": ("deploy", "deployment", "deployments"),
    "StatefulSet": ("sts", "statefulset", "statefulsets"),
    "DaemonSet": ("ds", "daemonset", "daemonsets"),
}
ARGOCD_NAMESPACE = "argocd"
LOOK_EVERY = 3.0
"""Seconds between looks after an act stopped looking by itself."""


class NotAwaited(OutcomeUnknown):
    """The request was accepted; whether it had its effect was not awaited any longer."""


async def sync(
    settings: Settings,
    environ: Mapping[str, str],
    home: Path,
    app: str,
    options: Mapping[str, Any],
    wait: float,
) -> str:
    """Sync an Application ("name" or "namespace/name"); return one sentence.

    `options` has revision, prune and dry_run; `wait` is the seconds to watch, 0 for none.

    Raises:
        SpottuiError: It was refused, failed, or was not complete in time.
    """
    if options["prune"] and options["dry_run"]:
        raise BadConfig("Use --prune or --dry-run, not both: a dry run never says what a prune would delete.")
    check_writable(settings)
    word = "-prune" if options["prune"] else "-dry-run" if options["dry_run"] else ""
    chosen = {"revision": options["revision"]} if options["revision"] else {}
    async with connected(place_of(settings, environ, home)) as connection:
        target = await find_application(connection, app)
        return await _perform(settings, environ, connection, by_id(f"application.sync{word}"), target, chosen, wait)


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
        return await _perform(settings, environ, connection, by_id("workload.restart"), target, {}, wait)


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


async def find_application(connection: Connection, app: str) -> Target:
    """Return the Application called "name" or "namespace/name".

    Raises:
        BadConfig: Several are called so; lists them.
        NotFound: There is none; names near ones.
    """
    namespace, _, name = app.rpartition("/")
    try:
        found = await read(connection.api, collection("Application", namespace))
    except Forbidden:
        if namespace:
            raise
        namespace = connection.place.namespace or ARGOCD_NAMESPACE
        found = await read(connection.api, collection("Application", namespace))
    except NotFound as error:
        raise NotFound("This cluster has no Argo CD Applications: Argo CD is not installed.") from error
    targets = [_application(row) for row in rows(found, "items")]
    called = [target for target in targets if target.name == name]
    if len(called) == 1:
        return called[0]
    if called:
        names = ", ".join(f"{target.namespace}/{target.name}" for target in called)
        raise BadConfig(f"Several Applications are called {name}: {names}. Write one of these.")
    near = difflib.get_close_matches(name, [target.name for target in targets], 3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise NotFound(f"There is no Application {app}.{hint}")


def _application(row: Object) -> Target:
    meta = metadata(row)
    return Target(
        kind="Application",
        namespace=str(meta.get("namespace") or ""),
        name=str(meta.get("name") or ""),
        uid=uid_of(row),
    )


async def _perform(
    settings: Settings,
    environ: Mapping[str, str],
    connection: Connection,
    action: Action,
    target: Target,
    options: Mapping[str, Any],
    wait: float,
) -> str:
    """Send the command and watch it for `wait` seconds; return one sentence."""
    patience = _Patience(wait)
    patient = replace(action, timeout=max(action.timeout, wait + 90))
    with performing(settings, environ, connection, patience.sleep, watched_for=wait) as (runner, services):
        try:
            text = await runner.perform(patient, target, consent, options)
            if isinstance(text, Unfinished):
                text = await _look_on(services, target, patience, text)
        except NotAwaited as error:
            if wait == 0:
                return f"{action.title} of {target} in {target.namespace} was accepted; not waited for."
            raise SpottuiError(f"{target} in {target.namespace}: {error}") from error
    return text


class _Patience:
    """Ends the watching of an act when the operator's --wait is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: float | None = None

    async def sleep(self, seconds: float) -> None:
        """Sleep as an act asks between two looks; acts do so only after their request was accepted.

        Raises:
            NotAwaited: The time is over.
        """
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        left = self._seconds - (now - self._since)
        if left <= 0:
            waited = f"not complete after {self._seconds:g} s" if self._seconds else "not waited for"
            raise NotAwaited(f"the request was accepted, but is {waited}.")
        await asyncio.sleep(min(seconds, left))


async def _look_on(services: Services, target: Target, patience: _Patience, text: str) -> str:
    """Look on after an act stopped looking, until it is complete or `patience` ends."""
    while True:
        try:
            await patience.sleep(LOOK_EVERY)
        except NotAwaited as error:
            raise SpottuiError(text) from error
        try:
            found = await fetch(services, target)
        except PASSING:
            continue
        if target.kind == "Application":
            state = part(found, "status", "operationState")
            if not found.get("operation") and state.get("phase") == "Succeeded":
                return f"{target.name}: {said(state.get('message')) or 'succeeded'}."
            ended, why = not found.get("operation") and bool(state.get("phase")), said(state.get("message"))
        else:
            rollout = judge(found)
            if rollout.state == "done":
                return f"{target.name}: restarted, {rollout.new} of {rollout.wanted} pods are new."
            ended, why = rollout.state == "failed", rollout.why
        if ended:
            raise SpottuiError(f"{target.name}: failed: {why or 'no reason was given'}.")

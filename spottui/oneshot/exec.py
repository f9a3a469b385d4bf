"""`spottui exec`: one command, or a shell, in a container, with its exit status as ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from spottui.actions.objects import collection, metadata, part, path_of, read, rows, uid_of
from spottui.actions.registry import by_id
from spottui.app_place import place_of
from spottui.app_shell import Left, join, raw_terminal
from spottui.errors import BadConfig, NotFound, SpottuiError
from spottui.oneshot.command import find_workload, parse_workload
from spottui.oneshot.connection import Connection, connected
from spottui.oneshot.performing import check_writable, consent, performing
from spottui.records import Target
from spottui.settings import Settings
from spottui.sources.kube_exec import ExecTarget, exec_stream

STDIN, STDOUT, STDERR = 0, 1, 2


async def run(
    settings: Settings,
    environ: Mapping[str, str],
    home: Path,
    words: str,
    command: Sequence[str],
    *,
    container: str = "",
    has_input: bool = False,
    is_terminal: bool = False,
) -> int:
    """Run a command in a pod ("NAME", or "deploy/NAME" for its first running pod); return its exit status.

    Raises:
        SpottuiError: It could not be started, or the connection broke; it is not known then how it ended.
    """
    check_writable(settings)
    status: list[int] = []
    async with connected(place_of(settings, environ, home)) as connection:

        async def terminal(target: Target, container: str, command: Sequence[str]) -> str:
            status.append(await _joined(connection, target, container, command, has_input, is_terminal))
            return f"It ended with exit code {status[0]}."

        target = await _pod(connection, words)
        options = {"command": tuple(command), "container": container}
        with performing(settings, environ, connection, asyncio.sleep, terminal=terminal) as (runner, _):
            await runner.perform(by_id("pod.shell"), target, consent, options)
    return status[0]


async def _joined(
    connection: Connection,
    target: Target,
    container: str,
    command: Sequence[str],
    has_input: bool,
    is_terminal: bool,
) -> int:
    where = ExecTarget(
        namespace=target.namespace,
        pod=target.name,
        container=container,
        command=tuple(command),
        has_input=has_input or is_terminal,
        is_terminal=is_terminal,
    )
    async with exec_stream(connection.api, where) as stream:
        try:
            if is_terminal:
                with raw_terminal(STDIN):
                    await join(stream, keys=STDIN, screen=STDOUT, errors=STDOUT, is_terminal=True)
            else:
                keys = STDIN if has_input else None
                await join(stream, keys=keys, screen=STDOUT, errors=STDERR, is_terminal=False)
        except Left:
            return 0
    if stream.exit_code is None:
        raise SpottuiError(f"{target.name}/{container}: {stream.message}")
    return stream.exit_code


async def _pod(connection: Connection, words: str) -> Target:
    """Return the pod that is meant.

    Raises:
        BadConfig: It is no name of a pod or workload.
        NotFound: There is none, or the workload has none that runs.
    """
    namespace = connection.place.namespace or "default"
    kind, slash, name = words.partition("/")
    if not slash or kind.lower() in ("po", "pod", "pods"):
        target = Target(kind="Pod", namespace=namespace, name=name if slash else words, uid="")
        if not target.name:
            raise BadConfig(f'"{words}" names no pod: write NAME, or deploy/NAME.')
        found = await read(connection.api, path_of(target))
        return Target(kind="Pod", namespace=namespace, name=target.name, uid=uid_of(found))
    workload = await find_workload(connection, *_with_namespace(words, namespace))
    labels = part(await read(connection.api, path_of(workload)), "spec", "selector", "matchLabels")
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = await read(connection.api, collection("Pod", namespace), (("labelSelector", selector),))
    running = [one for one in rows(pods, "items") if part(one, "status").get("phase") == "Running"]
    if not running:
        raise NotFound(f"{workload} in {namespace} has no running pod.")
    return Target(kind="Pod", namespace=namespace, name=str(metadata(running[0]).get("name")), uid=uid_of(running[0]))


def _with_namespace(words: str, namespace: str) -> tuple[str, str, str]:
    kind, name = parse_workload(words)
    return kind, namespace, name

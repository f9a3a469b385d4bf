"""A served Kubernetes API with Argo CD whose every text is nasty, and a robot whose every word is; nothing moves."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from spottui import clock
from spottui.records import Access
from spottui.records_robot import ROBOT_PARTS, Robot
from spottui.sim.api_server import ApiServer
from spottui.sim.kubelet_routes import kubelet_routes
from spottui.sim.objects import Objects
from spottui.sim.resources import RESOURCES
from spottui.sim.robot_parts import RobotParts
from spottui.sources.robot_connection import Connection
from spottui.sources.robot_errors import RobotTrouble
from spottui.sources.robot_login import fetch_token, read_credentials
from spottui.sources.robot_reader import Reader
from tests.argo_served import TOKENS, write_kubeconfig
from tests.sources.spot_bench import bench

from .corpus import CORPUS
from .objects import IDENTITY, Object, robot_parts, spoiled

UNTOUCHED = {"secrets", "leases", "endpoints", "endpointslices", "controllerrevisions"}
"""Kinds that no screen shows the texts of, or whose texts are encoded."""
_TEXTS = [text for text in CORPUS.values() if text]
LOG_LINES = tuple(text.replace("{", "").replace("}", "") for text in _TEXTS)


@dataclass
class Field:
    """What is served."""

    parts: RobotParts
    server: ApiServer
    kubeconfig: Path
    port: int


def text_for(original: str, seed: int) -> str:
    """Return the nasty text that always stands in place of this one: references go on leading somewhere."""
    return _TEXTS[zlib.crc32(f"{seed}{original}".encode()) % len(_TEXTS)]


def spoiled_object(found: Object, seed: int, *, names: bool) -> Object:
    """Return an object with nasty texts everywhere; its own name and namespace too when `names`."""

    def walk(value: Any, path: str) -> Any:
        key = path.rpartition(".")[2].removesuffix("[]")
        if isinstance(value, dict):
            return {name: walk(one, f"{path}.{name}") for name, one in value.items()}
        if isinstance(value, list):
            return [walk(one, f"{path}[]") for one in value]
        if (
            not isinstance(value, str)
            or key in IDENTITY
            or value[:2] in ("20", "19")
            or value.rstrip("kKMGTimu").isdigit()
        ):
            return value
        if key in ("phase", "status", "type", "restartPolicy", "protocol", "effect", "operator"):
            return value
        if not names and (path.startswith((".metadata.name", ".metadata.namespace")) or key in ("name", "nodeName")):
            return value
        return text_for(value, seed)

    made = walk(found, "")
    meta = made["metadata"]
    labels = {text_for(f"label{n}", seed): text_for(f"value{n}", seed) for n in range(4)}
    meta["labels"] = {**(meta.get("labels") or {}), **labels}
    meta["annotations"] = {
        **(meta.get("annotations") or {}),
        **{text_for(f"note{n}", seed): text_for(f"t{n}", seed) for n in range(4)},
    }
    return made


def spoil(objects: Objects, seed: int) -> None:
    """Put nasty texts into every stored object; every other one has a nasty name too."""
    for kind in RESOURCES:
        if kind.plural in UNTOUCHED:
            continue
        for number, found in enumerate(list(objects.all(kind))):
            names = number % 2 == 1 and kind.plural not in ("nodes", "namespaces")
            made = spoiled_object(json.loads(json.dumps(found)), seed, names=names)
            meta = found["metadata"]
            if names:
                objects.remove(kind, meta.get("namespace", ""), meta["name"])
                made["metadata"].pop("resourceVersion", None)
                made["metadata"]["name"] += str(number)
                objects.create(kind, made)
            else:
                objects.change(kind, meta.get("namespace", ""), meta["name"], _into(made))


def _into(made: Object) -> Callable[[Object], None]:
    def edit(found: Object) -> None:
        kept = {key: found["metadata"].get(key) for key in ("uid", "resourceVersion", "creationTimestamp")}
        found.clear()
        found.update(made)
        found["metadata"].update({key: value for key, value in kept.items() if value is not None})

    return edit


@asynccontextmanager
async def hostile_field(folder: Path, seed: int = 1) -> AsyncIterator[Field]:
    """Serve a spoiled cluster for the time of a test."""
    parts = await robot_parts()
    for (namespace, _), pod in zip(
        parts.objects.keys(_kind("pods")), list(parts.objects.all(_kind("pods"))), strict=True
    ):
        for owner in (pod["metadata"]["name"], *(one["name"] for one in pod["metadata"].get("ownerReferences", ()))):
            parts.kubelet.behaviours.set(namespace, owner, logs=LOG_LINES)
    spoil(parts.objects, seed)
    server = ApiServer(parts.objects, parts.clock, dict(TOKENS))
    server.add_routes(kubelet_routes(parts.kubelet))
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        yield Field(parts, server, write_kubeconfig(folder / "kubeconfig", port), port)
    finally:
        await runner.cleanup()


def _kind(plural: str) -> Any:
    return next(one for one in RESOURCES if one.plural == plural and one.group == "")


class SpoilingConnection(Connection):
    """Puts nasty texts into every field of every answer, after the real robot's protocol has brought it."""

    seed = 1
    spoils_directory = False

    def asking(self, service: str, ask: Callable[..., Any], *values: Any, **named: Any) -> Any:
        answer = super().asking(service, ask, *values, **named)
        is_needed = service == "auth" or (service == "directory" and not self.spoils_directory)
        if not is_needed and hasattr(answer, "ListFields"):
            spoil_message(answer, self.seed)
        return answer


def spoil_message(message: Any, seed: int) -> None:
    """Replace every text in a protobuf message, at whatever depth."""
    for field, value in message.ListFields():
        is_many = field.is_repeated if isinstance(getattr(field, "is_repeated", None), bool) else field.label == 3
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key in value:
                if hasattr(value[key], "ListFields"):
                    spoil_message(value[key], seed)
        elif field.message_type is not None:
            for one in value if is_many else [value]:
                spoil_message(one, seed)
        elif field.type == field.TYPE_STRING:
            if is_many:
                value[:] = [text_for(f"{field.name}{one}", seed) for one in value]
            else:
                setattr(message, field.name, text_for(f"{field.name}{value}", seed))


async def hostile_robot(seed: int = 1) -> Robot:
    """Return what is read of a simulated Spot in all its parts when each word it says is nasty."""
    async with bench() as one:
        one.spot.add_fault("thermal", "hot", severity="critical")
        one.spot.start_mission("Boiler round", repeats=True)

        def read() -> Robot:
            connection = SpoilingConnection(one.place, clock.now)
            connection.seed = seed
            fields: dict[str, Any] = {}
            troubles: list[str] = []
            try:
                reader = Reader(connection, clock.now)
                fields |= reader.reads["identity"]()
                connection.token = fetch_token(connection, read_credentials(one.place))
                reader.reads["services"]()  # without their true names nothing else could be asked
                for part in ROBOT_PARTS:
                    try:
                        fields |= reader.reads[part]()
                    except RobotTrouble as trouble:
                        troubles.append(str(trouble))
                connection.spoils_directory = True
                fields |= reader.reads["services"]()
            finally:
                connection.close()
            known = {name: value for name, value in fields.items() if name in Robot.__struct_fields__}
            access = {name: Access("failed", said) for name, said in zip(ROBOT_PARTS, troubles, strict=False)}
            return Robot(**{**known, "address": "192.0.2.3", "access": access})

        with ThreadPoolExecutor(1) as pool:
            return await asyncio.get_running_loop().run_in_executor(pool, read)


__all__ = ["Field", "hostile_field", "hostile_robot", "spoil", "spoiled", "text_for"]

"""Objects of a real cluster's shape, from the embedded robot, whose texts are then put nasty ones in place of."""

from __future__ import annotations

import asyncio
import functools
import json
import random
import re
from collections.abc import Callable, Iterable
from typing import Any

from spottui.sim.link import Link
from spottui.sim.resources import resource
from spottui.sim.robot_parts import RobotParts
from spottui.sim.scenario_check import load
from spottui.sources.kube_objects import KINDS

Object = dict[str, Any]
SCENARIO = "field-day"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")
_QUANTITY = re.compile(r"-?[0-9.]+([numkMGTPE]i?|[eE][0-9]+)?")
IDENTITY = {"uid", "resourceVersion", "apiVersion", "kind"}
"""Keys whose texts say which object it is: with others, nothing would be found again."""


async def robot_parts() -> RobotParts:
    """Return an embedded robot that has lived through its first minutes; nothing of it runs any more."""
    parts = RobotParts(load(SCENARIO), {name: Link(name, seed=1) for name in ("operator", "uplink")}, 1)
    tasks = [asyncio.create_task(work) for work in parts.work()]
    await parts.warm_up(None)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return parts


@functools.lru_cache(maxsize=1)
def real_objects() -> dict[str, list[Object]]:
    """Return the objects of each kind that spottui watches; those of one are not to be changed."""

    def collect() -> dict[str, list[Object]]:
        parts = asyncio.run(robot_parts())
        found = {}
        for plural, kind in KINDS.items():
            _, _, group, *version = kind.path.split("/")
            kept = parts.objects.all(resource(plural, group if version else ""))
            found[plural] = [json.loads(json.dumps(one)) for one in kept]
        return found

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:  # a loop of its own, whoever asks
        return pool.submit(collect).result()


def spoiled(value: Any, text_for: Callable[[str], str | None], path: str = "") -> Any:
    """Return a copy of a piece of JSON with texts in place of its texts; `text_for` gets where each stands."""
    if isinstance(value, str):
        new = text_for(path)
        return value if new is None else new
    if isinstance(value, list):
        return [spoiled(one, text_for, f"{path}[]") for one in value]
    if isinstance(value, dict):
        return {key: spoiled(one, text_for, f"{path}.{key}") for key, one in value.items()}
    return value


def wholly_spoiled(found: Object, texts: Iterable[str], *, names: bool = True) -> Object:
    """Return an object whose every text that is no time, number or identity is a nasty one, and some more keys."""
    supply = iter(texts)

    def text_for(path: str) -> str | None:
        key = path.rpartition(".")[2].removesuffix("[]")
        if key in IDENTITY or (not names and path in (".metadata.name", ".metadata.namespace")):
            return None
        return next(supply)

    def kept(value: Any, path: str = "") -> Any:
        if isinstance(value, str) and (_TIME.match(value) or _QUANTITY.fullmatch(value)):
            return value
        return spoiled(value, text_for, path)

    def walk(value: Any, path: str = "") -> Any:
        if isinstance(value, dict):
            return {key: walk(one, f"{path}.{key}") for key, one in value.items()}
        if isinstance(value, list):
            return [walk(one, f"{path}[]") for one in value]
        return kept(value, path)

    made = walk(found)
    meta = made.setdefault("metadata", {})
    for field in ("labels", "annotations"):
        extra = {next(supply): next(supply) for _ in range(3)}
        meta[field] = {**(meta.get(field) or {}), **extra, "argocd.argoproj.io/tracking-id": next(supply)}
    return made


def endless(texts: Iterable[str], seed: int) -> Iterable[str]:
    """Yield the texts in an order of chance, for ever."""
    rng, known = random.Random(seed), list(texts)
    while True:
        yield rng.choice(known)

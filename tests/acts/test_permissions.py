"""Tokens of many kinds, and every act: a sentence that names what is missing, and no write that would be refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from spottui.actions.objects import RESOURCES
from spottui.actions.registry import by_id
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.sim.api_access import Rule

from .rights import TOKENS, Right, noted, rules_of
from .scenes import SCENES, all_acts, target_of
from .world import World, a_world

FEW = ["workload.restart", "node.drain", "application.delete", "pod.shell"]
"""Acts of each sort; the others are slow only because they are many."""
MANY = [pytest.param(action, marks=() if action in FEW else pytest.mark.slow) for action in all_acts()]


@dataclass(frozen=True)
class Tried:
    """How one act went for one user."""

    said: str
    error: SpottuiError | None
    writes: int
    """Writes that the server was sent, Events left out."""
    refused: tuple[str, ...]
    """Writes that the server refused for want of rights: there must be none."""


@asynccontextmanager
async def prepared(action: str, folder: Path) -> AsyncIterator[tuple[World, Target]]:
    """Give a robot on which the act can be tried, and its target."""
    async with a_world(folder) as world:
        await SCENES[action].prepare(world)
        world.sent.clear()
        yield world, target_of(world, action)


async def tried(world: World, action: str, target: Target, rules: list[Rule] | None) -> Tried:
    """Try an act as a user with these rules; None: as the administrator."""
    user = "admin" if rules is None else "user"
    if rules is not None:
        world.user(user, rules)
    world.sent.clear()
    one = world.operator(user)
    said, error = "", None
    try:
        said = await one.perform(action, target, SCENES[action].options)
    except SpottuiError as caught:
        error = caught
    finally:
        await one.close()
    writes = [sent for sent in world.sent if sent.is_write]
    refused = tuple(f"{sent.method} {sent.path}" for sent in writes if sent.is_refused)
    return Tried(said, error, sum(not sent.path.endswith("/events") for sent in writes), refused)


def declared(action: str, target: Target) -> set[tuple[str, str, str]]:
    """Return what the registry says that an act needs."""
    act = by_id(action)
    needed = (act.permission(target), *act.also, *act.inside)
    return {(one.verb, one.group, "/".join(filter(None, (one.resource, one.subresource)))) for one in needed}


def names(text: str, right: Right) -> bool:
    """Whether a sentence names verb, resource and namespace of what is missing."""
    words = [right.verb, right.resource.partition("/")[0], *right.resource.split("/")[1:]]
    return all(word in text for word in (*words, right.namespace))


@pytest.mark.parametrize("action", MANY)
async def test_an_act_is_permitted_with_the_rights_that_it_uses_and_says_which_of_them_is_missing(
    action: str, tmp_path: Path
) -> None:
    """Each single right that the act uses is taken away in turn."""
    async with prepared(action, tmp_path) as (world, target):
        with noted(world) as used:
            whole = await tried(world, action, target, None)
        assert whole.error is None, whole.error
    async with prepared(action, tmp_path) as (world, target):
        exact = await tried(world, action, target, rules_of(used))
        assert (exact.error, exact.refused) == (None, ()), "what is allowed is refused"
    needed = declared(action, target)
    assert needed <= {(right.verb, right.group, right.resource) for right in used}, "it asks for more than it uses"
    for missing in used:
        rules = rules_of(right for right in used if right != missing)
        async with prepared(action, tmp_path) as (world, target):
            without = await tried(world, action, target, rules)
            assert without.refused == (), f"without {missing} it sent what was refused"
            if (missing.verb, missing.group, missing.resource) in needed:
                assert without.writes == 0, f"without {missing} something was sent"
                assert without.error is not None, f"without {missing} it was done"
            if without.error is not None and not without.writes:
                assert names(str(without.error), missing), f"without {missing}: {without.error}"


@pytest.mark.parametrize("action", MANY)
async def test_an_act_for_every_kind_of_token(action: str, tmp_path: Path) -> None:
    for token, rules in TOKENS.items():
        async with prepared(action, tmp_path) as (world, target):
            one = await tried(world, action, target, rules)
            assert one.refused == (), f"{token} was refused by the server"
            if one.error is not None:
                assert one.writes == 0, f"{token}: {one.error}"
                text = str(one.error)
                verbs = [verb for verb, _, _ in declared(action, target)] + ["get", "list"]
                assert any(verb in text for verb in verbs), f"{token}: {text}"
                assert target.namespace in text, f"{token}: {text}"


@pytest.mark.parametrize("action", MANY)
async def test_an_act_is_permitted_to_who_may_do_it_to_this_one_object_only(action: str, tmp_path: Path) -> None:
    """A role that names the object (resourceNames) is as good as one for all of them."""
    async with prepared(action, tmp_path) as (world, target):
        with noted(world) as used:
            await tried(world, action, target, None)
    async with prepared(action, tmp_path) as (world, target):
        by_name = await tried(world, action, target, [_named(right, target, action) for right in used])
        assert (by_name.error, by_name.refused) == (None, ())


def _named(right: Right, target: Target, action: str) -> Rule:
    """Return the rule of a right, for the target alone where it is about the target's own kind."""
    is_own = right.resource.partition("/")[0] == RESOURCES[target.kind][2]
    is_for_one = right.verb in ("patch", "delete") or "/" in right.resource
    is_for_one |= right.verb == "get" and action != "job.rerun"  # which looks at the Job that it made
    return {**right.rule, "resourceNames": [target.name]} if is_own and is_for_one else right.rule


async def test_a_node_can_be_drained_by_who_may_evict_where_its_pods_are(tmp_path: Path) -> None:
    async with prepared("node.drain", tmp_path) as (world, target):
        nodes = Right("patch", "", "nodes", ""), Right("get", "", "nodes", "")
        pods = Right("list", "", "pods", ""), Right("get", "apps", "daemonsets", "")
        evict = Right("create", "", "pods/eviction", "robot")
        one = await tried(world, "node.drain", target, rules_of((*nodes, *pods)))
        assert str(one.error) == "You may not create pods/eviction in namespace robot."
        assert (one.writes, one.refused) == (0, ())
        one = await tried(world, "node.drain", target, rules_of((*nodes, *pods, evict)))
        assert one.error is None and one.refused == ()


async def test_a_server_that_answers_no_reviews_to_this_user_decides_itself(tmp_path: Path) -> None:
    async with prepared("workload.restart", tmp_path) as (world, target):
        world.forbid_reviews()
        read = [Right("get", "apps", "deployments", "robot")]
        one = await tried(world, "workload.restart", target, rules_of(read))
        assert "cannot patch resource" in str(one.error) and '"robot"' in str(one.error)
        write = Right("patch", "apps", "deployments", "robot")
        one = await tried(world, "workload.restart", target, rules_of([*read, write]))
        assert one.error is None

"""What each screen shows to each kind of token: what may be seen is there, else the missing verb is named."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from spottui import clock
from spottui.app import SpottuiApp
from spottui.app_screens import MAIN_SCREENS
from spottui.screens import palette
from spottui.screens.tables import TableScreen
from spottui.sim.api_access import READ, Rule
from spottui.sources.kube import KubeSource
from spottui.sources.kube_objects import KINDS
from spottui.store import Store
from tests.screens.app_case import screen_text, settings_in, until
from tests.sources.kube_listening import QUICK

from .rights import TOKENS, Right, rules_of
from .scenes import all_acts, by_id
from .world import World, a_world

ROWS = {"nodes": 1, "pods": 4, "deployments": 2, "statefulsets": 1, "daemonsets": 1, "cronjobs": 1, "applications": 1}
"""What there is in the robot."""


def readable(*without: tuple[str, str]) -> list[Rule]:
    """Return the right to read every kind, without these verbs on these resources."""
    kinds = [(kind.plural, _group(kind.path)) for kind in KINDS.values()]
    rights = [Right(verb, group, plural, "") for plural, group in kinds for verb in READ]
    return rules_of(right for right in rights if (right.verb, right.resource) not in without)


def _group(path: str) -> str:
    return path.split("/")[2] if path.startswith("/apis/") else ""


@asynccontextmanager
async def read_by(world: World, user: str, namespace: str = "") -> AsyncIterator[Store]:
    """Read the cluster as a user, as the program does, into a store."""
    store, api = Store(), world.client(user, namespace)
    source = KubeSource(api, clock=clock.now, rng=random.Random(1), timings=QUICK)

    async def listen() -> None:
        async for event in source.events():
            store.apply(event)

    task = asyncio.create_task(listen())
    try:
        yield store
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await api.close()


async def comes(holds: Callable[[], object]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.01)


async def settled(store: Store) -> None:
    """Wait until every kind has its word."""
    await comes(lambda: all(access.state != "waiting" for access in store.access.values()))


LEFT_OUT = [(verb, kind) for kind in KINDS for verb in ("list", "watch")]
"""Each single verb without which a kind is not read as it should be."""


@pytest.mark.parametrize(
    ("verb", "kind"),
    [pytest.param(*one, marks=() if one[1] == "pods" else pytest.mark.slow) for one in LEFT_OUT],
)
async def test_a_kind_whose_verb_is_missing_says_so_and_all_others_are_live(
    verb: str, kind: str, tmp_path: Path
) -> None:
    async with a_world(tmp_path) as world:
        world.user("user", readable((verb, kind)))
        async with read_by(world, "user") as store:
            await settled(store)
            await comes(lambda: verb in store.standing(kind).reason)
            standing = store.standing(kind)
            assert f'cannot {verb} resource "{kind}"' in standing.reason
            others = {name: one for name, one in store.access.items() if name != kind}
            assert {one.state for one in others.values()} == {"live"}, others
            if verb == "watch":
                assert len(store.objects(kind)) == ROWS.get(kind, len(store.objects(kind)))
                await comes(lambda: store.standing(kind).reason.startswith("Read anew"))
                assert store.standing(kind).state == "live"
            else:
                assert standing.state == "forbidden" and not store.objects(kind)


async def test_one_namespace_is_read_where_the_context_or_the_flag_names_it(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.user("user", TOKENS["one-namespace"])
        async with read_by(world, "user", "robot") as store:
            await settled(store)
            await comes(lambda: store.standing("pods").state == "live" and store.standing("pods").reason)
            assert store.standing("pods").reason.startswith("Only namespace robot is seen: ")
            assert len(store.pods) == ROWS["pods"]
            assert "cannot list resource" in store.standing("nodes").reason


# -- the screens ----------------------------------------------------------------------------------------


@asynccontextmanager
async def shown_to(token: str, folder: Path, namespace: str = "") -> AsyncIterator[tuple[Any, World]]:
    """Run the whole program against the robot with a token; gives its pilot."""
    async with a_world(folder) as world:
        if token != "admin":
            world.user(token, TOKENS[token])
        kubeconfig = world.kubeconfig(token, namespace)
        app = SpottuiApp(
            settings_in(folder, cluster__kubeconfig=str(kubeconfig)),
            environ={"USER": "ana"},
            home=folder,
            clock=clock.now,
            sources=lambda: [],
        )
        async with app.run_test(size=(160, 48)) as pilot:
            store = app.store
            await until(lambda: all(one.state != "waiting" for one in store.access.values()), pilot, 20)
            yield pilot, world
            assert app._exception is None


async def tables(pilot: Any) -> AsyncIterator[tuple[TableScreen, str]]:
    """Go through every table of every screen, and through the screens that have none."""
    app = pilot.app
    for name in MAIN_SCREENS:
        if name == "no-cluster":
            continue
        await app.action_show_screen(name)
        await pilot.pause()
        screen = app.screen
        if not isinstance(screen, TableScreen):
            assert screen_text(app).strip()
            continue
        for table, _ in screen.TABLES:
            screen.show_table(table)
            await until(lambda s=screen, t=table: s.access(t).state != "waiting", pilot, 10)
            await pilot.pause()
            yield screen, table


SHOWN = [
    ("nobody", ""),
    ("one-namespace", ""),
    ("one-namespace", "robot"),
    ("all", ""),
    ("operate", ""),
    ("admin", ""),
]


@pytest.mark.slow
@pytest.mark.parametrize(("token", "namespace"), SHOWN)
async def test_every_table_of_every_screen_says_what_is_missing_or_shows_what_there_is(
    token: str, namespace: str, tmp_path: Path
) -> None:
    async with shown_to(token, tmp_path, namespace) as (pilot, world):
        seen = set[str]()
        async for screen, table in tables(pilot):
            seen.add(f"{screen.NAME}/{table}")
            await until(lambda s=screen, t=table: _says_it(s, t), pilot, 10)
            may_see = token in ("all", "operate", "admin") or (namespace == "robot" and table in ("pods",))
            if may_see and table in ROWS and screen.NAME != "wasm":
                assert len(screen.rows(table)) == ROWS[table], f"{token} does not see {table}"
        assert len(seen) > 12
        assert [sent for sent in world.sent if sent.is_write and sent.is_refused] == []


def _says_it(screen: TableScreen, table: str) -> bool:
    """Whether the screen names what is missing, or what limits it; True where nothing does."""
    access, text = screen.access(table), " ".join(screen_text(screen.app).split())
    if access.state == "forbidden":
        return "cannot list resource" in text
    return access.reason.partition(": ")[0] in text


@pytest.mark.slow
async def test_a_key_without_its_right_says_which_verb_is_missing_and_sends_nothing(tmp_path: Path) -> None:
    async with shown_to("all", tmp_path) as (pilot, world):
        app = pilot.app
        await app.action_show_screen("workloads")
        app.screen.show_table("owners")
        await until(lambda: app.screen.table().order, pilot)
        said: list[str] = []
        app.screen.say = lambda text, **_: said.append(text)
        await pilot.press("r")
        await until(lambda: said, pilot)
        assert said[0].startswith("You may not ") and "in namespace robot" in said[0]
        assert [sent for sent in world.sent if sent.is_write] == []
        await pilot.press("m")
        await until(lambda: "may not" in screen_text(app), pilot)


async def test_the_menu_offers_every_act_and_greys_those_that_are_known_to_be_forbidden(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.user("user", TOKENS["operate"])
        one = world.operator("user")
        for action in (by_id(each) for each in all_acts()):
            if not any(found for kind in action.kinds for found in world.objects(kind)):
                continue
            kind = next(kind for kind in action.kinds if world.objects(kind))
            target = world.target(kind)
            (before,) = palette.action_choices([action], [target], one.permits)
            assert not before.disabled, "what is not known is offered"
            answer = await one.permits.may(action.permission(target), target)
            (after,) = palette.action_choices([action], [target], one.permits)
            assert after.disabled is not answer.allowed
            assert answer.allowed or "You may not" in str(after)
        await one.close()

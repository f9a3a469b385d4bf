"""Marking several of a list, and the one view of a command on many targets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.widgets import Input

from spottui.actions.forms import Field, Pick
from spottui.actions.questions import Progress
from spottui.actions.registry import by_id
from spottui.records import Target
from spottui.screens.ask import ask_for
from spottui.screens.confirm import ConfirmScreen, TypeNameScreen
from spottui.screens.many import ManyProgress, ManyScreen
from spottui.screens.several import SeveralScreen
from tests.actions.argo_case import PATH, PROJECT, an_app
from tests.screens.app_case import (
    FakeCluster,
    an_application,
    everything_listed,
    heard,
    make_app,
    screen_text,
    tell,
    until,
)

SHORT = tuple(Pick(name, name.title(), "") for name in ("one", "two", "three"))
LONG = tuple(Pick(number, f"ConfigMap nav/c-{number:04}", "Synced") for number in range(2000))


class Asking(App[None]):
    """An app that asks for fields and keeps the answers."""

    def __init__(self, *fields: Field) -> None:
        super().__init__()
        self.fields, self.answers = fields, dict[str, Any]()
        self.has_ended = False

    def on_mount(self) -> None:
        self.run_worker(self._ask())

    async def _ask(self) -> None:
        found = await ask_for(self, self.fields, {})
        self.answers, self.has_ended = found if found is not None else {"left": True}, True


def several(picks: tuple[Pick, ...], **more: Any) -> Field:
    return Field(name="flags", text="Which?", kind="several", picks=picks, **more)


async def answered(*fields: Field, keys: tuple[str, ...], then: Callable[[Any], None] = lambda app: None) -> Any:
    app = Asking(*fields)
    async with app.run_test() as pilot:
        await until(lambda: isinstance(app.screen, SeveralScreen), pilot)
        await pilot.press(*keys)
        then(app)
        await until(lambda: app.has_ended or not isinstance(app.screen, SeveralScreen), pilot)
        await until(lambda: app.has_ended, pilot)
    return app.answers


async def test_space_marks_and_takes_the_mark_away_and_enter_goes_on() -> None:
    assert await answered(several(SHORT), keys=("space", "space", "up", "space", "enter")) == {"flags": ("one",)}
    assert await answered(several(SHORT), keys=("space", "space", "enter")) == {"flags": ("one", "two")}


async def test_escape_leaves_all_that_is_asked() -> None:
    assert await answered(several(SHORT), keys=("space", "escape")) == {"left": True}


async def test_nothing_marked_is_an_answer_only_where_it_may_be() -> None:
    assert await answered(several(SHORT, is_optional=True), keys=("enter",)) == {"flags": ()}
    app = Asking(several(SHORT))
    async with app.run_test() as pilot:
        await until(lambda: isinstance(app.screen, SeveralScreen), pilot)
        await pilot.press("enter")
        await until(lambda: "Nothing is marked" in screen_text(app), pilot)
        assert not app.has_ended


async def test_a_long_list_is_narrowed_by_typing_and_marks_stay() -> None:
    keys = (*"c-1234", "space", *("backspace",) * 6, *"0007", "space", "enter")
    assert await answered(several(LONG), keys=keys) == {"flags": (7, 1234)}


async def test_what_is_asked_only_sometimes_and_what_is_fixed() -> None:
    more = Field(name="more", text="More?", kind="several", picks=SHORT, asked_if=lambda said: "two" in said["flags"])
    fixed = Field(name="at", text="", kind="fixed", value="08:00")
    assert await answered(fixed, several(SHORT), more, keys=("space", "enter")) == {"at": "08:00", "flags": ("one",)}
    told = await answered(several(SHORT), more, keys=("down", "space", "enter", "space", "enter"))
    assert told == {"flags": ("two",), "more": ("one",)}


# -- many at once ------------------------------------------------------------------------------------------


def target(name: str) -> Target:
    return Target(kind="Application", namespace="argocd", name=name, uid=name)


def test_the_view_of_many_names_those_that_failed_first_and_counts_all() -> None:
    names = ("a", "b", "c", "d")
    view = ManyProgress(by_id("application.sync"), [target(name) for name in names])
    for number, state in enumerate(("done", "failed", "running")):
        view.hear(Progress(target(names[number]), state, "told" if state == "failed" else "", 2, 3))  # type: ignore[arg-type]
    text = ["".join(span for span, _ in line) for line in view.lines()]
    assert text[0] == "2 of 3 ended  1 failed  1 running  1 done  1 left out"
    assert [line.split()[1] for line in text if line and line[0] != " " and "argocd/" in line] == [
        "argocd/b",
        "argocd/c",
        "argocd/a",
    ]
    assert "  told" in text


def synced_at_once(cluster: FakeCluster) -> None:
    """Let a controller end each operation when it is looked at."""

    def look(method: str, path: str) -> None:
        found = cluster.api.objects.get(path, {})
        if method == "GET" and found.get("operation"):
            state = {"phase": "Succeeded", "operation": found["operation"], "syncResult": {"revision": "v1"}}
            cluster.api.change(path, {"operation": None, "status": {"operationState": state}})

    cluster.api.before = look


@pytest.fixture
def cluster() -> FakeCluster:
    one = FakeCluster()
    one.api.put(PROJECT, {"metadata": {"name": "robots", "namespace": "argocd"}, "spec": {}})
    for name in ("nav", "cam"):
        found = an_app()
        found["metadata"] = {"name": name, "namespace": "argocd", "uid": f"application-{name}"}
        one.api.put(PATH.replace("perception", name), found)
    return one


def flat(app: Any) -> str:
    return " ".join(screen_text(app).replace("│", " ").split())


async def test_marked_applications_are_synced_after_one_question_in_one_view(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    synced_at_once(cluster)
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *everything_listed(), heard("applications", an_application("cam"), an_application("nav")))
        await pilot.press("5", "space", "down", "space", "s")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        await until(lambda: "Sync 2 objects: cam, nav" in flat(app), pilot)
        await pilot.press("y")
        await until(lambda: isinstance(app.screen, ManyScreen), pilot)
        view = app.screen
        assert isinstance(view, ManyScreen)
        await until(lambda: view.refresh_text() or "2 of 2 ended 2 done" in flat(app), pilot)
        assert "argocd/cam" in flat(app) and "cam: synced to v1" in flat(app)
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, ManyScreen), pilot)


async def test_a_sync_with_options_asks_step_by_step_and_sends_what_was_marked(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    synced_at_once(cluster)
    app = make_app(tmp_path, cluster=cluster, safety__start_unlocked=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *everything_listed(), heard("applications", an_application("nav")))
        await pilot.press("5", "colon", *"by force", "enter")
        await until(lambda: "Empty: main." in flat(app), pilot)
        app.screen.query_one(Input).value = "v1.2"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, SeveralScreen), pilot)
        await pilot.press("space", "space", "enter")
        await until(lambda: isinstance(app.screen, TypeNameScreen), pilot)
        asked = "Sync by force application/nav in namespace argocd to v1.2, with force, replacing"
        await until(lambda: asked in flat(app), pilot)
        app.screen.query_one(Input).value = "nav"
        await pilot.press("enter")
        await until(lambda: any(method == "PATCH" for method, _, _ in cluster.api.sent), pilot)
        (body,) = [body for method, _, body in cluster.api.sent if method == "PATCH"]
        assert body["operation"]["sync"]["syncStrategy"] == {"hook": {"force": True}}
        assert "Replace=true" in body["operation"]["sync"]["syncOptions"]

"""What is typed finds its choice; enter takes what fits what was typed, not what was drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.widgets import Input, OptionList

from spottui.actions.permits import Permits
from spottui.actions.registry import ACTIONS, by_id
from spottui.actions.registry_argocd import APPLICATION_ACTIONS
from spottui.records import Target
from spottui.screens.choice import Choice, ChoiceScreen, Chosen, matching
from spottui.screens.palette import VIEWS, choices, named
from spottui.store import Store
from tests.screens.app_case import a_deployment, everything_listed, heard, make_app, screen_text, tell, until

SYNC = Choice("sync", "Sync NAME", ("sync",), "", takes_argument=True)
SUSPEND = Choice("suspend", "Suspend cronjob", ("suspend",))
PORTS = Choice("ports", "Port names", ("port",))
CHOICES = (PORTS, *VIEWS, SYNC, SUSPEND)
"""`Port names` comes before `Pods`: an exact word must still win."""


def titles(typed: str, choices: tuple[Choice, ...] = CHOICES) -> list[str]:
    return [choice.title for choice, _ in matching(choices, typed)]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("po", "Pods"),
        ("no", "Nodes"),
        ("dp", "Workloads"),
        ("q", "Quit"),
        ("q!", "Quit"),
        ("PO", "Pods"),
        (" po ", "Pods"),
        (":po", "Pods"),
        ("ev", "Events of the cluster"),
    ],
)
def test_an_exact_word_comes_first(typed: str, title: str) -> None:
    assert titles(typed)[0] == title


def test_a_space_behind_the_colon_does_not_matter() -> None:
    assert titles(": po") == titles(":po")


def test_a_longer_word_that_only_begins_so_comes_after_the_exact_one() -> None:
    assert titles("po")[0] == "Pods" and "Port names" in titles("po")[1:]


@pytest.mark.parametrize("typed", ["", "  ", ":", " : "])
def test_nothing_typed_shows_all_in_their_order(typed: str) -> None:
    assert matching(CHOICES, typed) == [(choice, "") for choice in CHOICES]


@pytest.mark.parametrize(
    ("typed", "argument"),
    [
        ("sync perception", "perception"),
        (":sync robot/perception", "robot/perception"),
        ("SYNC  a b ", "a b"),
        ("sync", ""),
    ],
)
def test_an_argument_goes_along(typed: str, argument: str) -> None:
    assert matching(CHOICES, typed)[0] == (SYNC, argument)


def test_the_argument_keeps_its_case() -> None:
    assert matching(CHOICES, "sync Perception")[0] == (SYNC, "Perception")


def test_a_choice_that_takes_no_argument_does_not_fit_with_one() -> None:
    assert titles("po perception") == []


def test_a_beginning_is_enough() -> None:
    assert "Suspend cronjob" in titles("susp") and "Sync NAME" not in titles("susp")


def test_all_words_must_be_in_the_title_in_any_order() -> None:
    assert titles("file save") == ["Save this view to a file"]
    assert titles("file zebra") == []


def test_the_better_fit_comes_before_the_earlier_place() -> None:
    ordered = (
        Choice("1", "all of the host here"),
        Choice("2", "host room"),
        Choice("3", "x", ("hosts",)),
        Choice("4", "y", ("host",)),
    )
    assert [choice.id for choice, _ in matching(ordered, "host")] == ["4", "3", "2", "1"]


@given(st.text(max_size=20))
def test_any_text_gives_some_of_the_choices_each_once(typed: str) -> None:
    found = [choice for choice, _ in matching(CHOICES, typed)]
    assert len(set(found)) == len(found) and set(found) <= set(CHOICES)


def test_every_word_of_the_palette_leads_to_its_own_view() -> None:
    for view in VIEWS:
        for word in view.words:
            assert matching(VIEWS, word)[0] == (view, ""), word


def test_no_two_choices_of_the_palette_share_a_word() -> None:
    words = [word for view in VIEWS for word in view.words]
    words += [action.id for action in ACTIONS]
    assert sorted(set(words)) == sorted(words)


# -- the screen ----------------------------------------------------------------------------------------


class ChoiceApp(App[None]):
    def __init__(self, choices: tuple[Choice, ...] = CHOICES, *, typed: bool = True) -> None:
        super().__init__()
        self.chosen: list[Chosen | None] = []
        self.dialog = ChoiceScreen("Command [/]", choices, typed=typed)

    async def on_mount(self) -> None:
        await self.push_screen(self.dialog, self.chosen.append)


async def test_enter_takes_the_best_fit() -> None:
    app = ChoiceApp()
    async with app.run_test() as pilot:
        await pilot.press(*"sync perception", "enter")
        await pilot.pause()
        assert app.chosen == [Chosen("sync", "perception")]


async def test_enter_takes_what_fits_even_when_the_change_is_still_queued() -> None:
    app = ChoiceApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        line = app.dialog.query_one(Input)
        with line.prevent(Input.Changed):  # the change was not handled yet: the list still shows all
            line.value = "no"
        assert app.dialog.query_one(OptionList).option_count == len(CHOICES)
        await pilot.press("enter")
        await pilot.pause()
        assert app.chosen == [Chosen("app.show_screen('nodes')", "")]


async def test_enter_with_nothing_that_fits_chooses_nothing() -> None:
    app = ChoiceApp()
    async with app.run_test() as pilot:
        await pilot.press(*"zzz", "enter")
        await pilot.pause()
        assert app.chosen == [] and app.screen is app.dialog


async def test_escape_gives_none() -> None:
    app = ChoiceApp()
    async with app.run_test() as pilot:
        await pilot.press(*"no", "escape")
        await pilot.pause()
        assert app.chosen == [None]


@pytest.mark.parametrize("typed", [True, False])
async def test_down_and_up_move_the_choice(typed: bool) -> None:
    app = ChoiceApp(typed=typed)
    async with app.run_test() as pilot:
        await pilot.press("down", "down", "up", "enter")
        await pilot.pause()
        assert app.chosen == [Chosen(CHOICES[1].id, "")]


async def test_a_forbidden_choice_is_shown_with_its_reason_and_cannot_be_taken() -> None:
    forbidden = Choice("restart", "Restart perception", ("restart",), "not allowed", disabled=True)
    app = ChoiceApp((forbidden, SUSPEND))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "not allowed" in screen_text(app)
        await pilot.press(*"restart", "enter")
        await pilot.pause()
        assert app.chosen == [] and app.screen is app.dialog


async def test_titles_from_outside_are_drawn_as_text() -> None:
    app = ChoiceApp((Choice("a", "[red]x[/red]", (), "[/]"), Choice("b", "[ERROR] boom")))
    async with app.run_test() as pilot:
        await pilot.pause()
        text = screen_text(app)
        assert "Command [/]" in text and "[red]x[/red]" in text and "[ERROR] boom" in text


async def test_escape_in_the_palette_changes_nothing(tmp_path: Path) -> None:
    app: Any = make_app(tmp_path)
    async with app.run_test() as pilot:
        await tell(pilot, *everything_listed())
        before = app.screen
        await pilot.press("colon", *"no", "escape")
        await until(lambda: app.screen is before, pilot)
        assert "[1 Overview]" in screen_text(app)


@pytest.mark.parametrize(
    ("typed", "action"),
    [
        ("scale robot/perception", "workload.scale"),
        ("stop perception", "workload.stop"),
        ("start perception", "workload.start"),
        ("pause perception", "workload.pause"),
        ("undo perception", "workload.undo"),
        ("drain spot-core", "node.drain"),
        ("cordon spot-core", "node.cordon"),
        ("uncordon spot-core", "node.uncordon"),
        ("evict cam-0", "pod.evict"),
        ("trigger nightly", "cronjob.trigger"),
        ("suspend nightly", "cronjob.suspend"),
        ("rerun calibrate", "job.rerun"),
        ("debug cam-0", "pod.debug"),
        ("duplicate perception", "workload.duplicate"),
        ("running", "running"),
    ],
)
def test_a_command_is_found_by_its_verb_with_a_name_behind(typed: str, action: str) -> None:
    async def nobody(*_: object, **__: object) -> bytes:
        raise AssertionError("the palette asks nothing")

    permits: Any = type("Silent", (), {"request": nobody})()
    offered = choices((), (), Permits(permits, lambda: 0.0))
    choice, argument = matching(offered, typed)[0]
    assert choice.id == action and argument == typed.partition(" ")[2]


def test_a_verb_that_several_kinds_share_finds_the_one_of_the_objects_kind() -> None:
    store = Store()
    store.apply(heard("cronjobs", a_deployment("nightly", kind="CronJob")))
    store.apply(heard("deployments", a_deployment("perception")))
    for name, wanted in (("nightly", "cronjob.resume"), ("perception", "workload.resume")):
        action, target = named(store, by_id("workload.resume"), name)
        assert (action.id, target.name) == (wanted, name)


@pytest.mark.parametrize(
    ("typed", "action", "argument"),
    [
        ("sync with options", "application.sync-options", ""),
        ("Sync with opt", "application.sync-options", ""),
        ("sync and", "application.sync-prune", ""),
        ("sync an", "application.sync", "an"),
        ("sync with-love", "application.sync", "with-love"),
        ("hard refresh", "application.hard-refresh", ""),
        ("rollback nav", "application.rollback", "nav"),
        ("roll-back nav", "application.rollback", "nav"),
        ("terminate nav", "application.terminate", "nav"),
    ],
)
def test_a_commands_name_of_several_words_is_no_name_behind_a_verb(typed: str, action: str, argument: str) -> None:
    target = Target(kind="Application", namespace="argocd", name="cam", uid="u")
    permits: Any = type("Silent", (), {"request": None})()
    offered = choices(APPLICATION_ACTIONS, (target,), Permits(permits, lambda: 0.0))
    choice, said = matching(offered, typed)[0]
    assert (choice.id, said) == (action, argument)

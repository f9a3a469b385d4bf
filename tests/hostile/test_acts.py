"""Every act in a robot whose every answer is nasty: what is asked, said, drawn, written down and replayed of it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from spottui.actions.action import Weight
from spottui.actions.audit_read import read
from spottui.actions.drain_pods import placed_on
from spottui.actions.forms import Field, Noted, Pick
from spottui.actions.questions import Progress, question_for_many, question_for_one, summary
from spottui.actions.registry import by_id
from spottui.actions.running import RunningCommands
from spottui.actions.services import Unfinished
from spottui.actions.wording import shown, shown_field
from spottui.errors import SpottuiError
from spottui.oneshot.audit import show
from spottui.records import Target
from spottui.screens.ask import AskScreen
from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.confirm import ConfirmScreen, TypeNameScreen
from spottui.screens.many import ManyProgress, ManyScreen
from spottui.screens.palette import action_choices
from spottui.screens.running import RunningScreen
from spottui.screens.several import SeveralScreen
from tests.actions.bench import Bench, pod
from tests.acts.scenes import all_acts

from .acting import Heard, play_in
from .corpus import CORPUS, ESCAPES, NAMES, texts_of, unsafe
from .looking import faults
from .sampling import sampled

FEW = ("pod.restart", "application.sync")
CALLED = "e\x1b[31mvil\u202e[red]\n"
"""What a target may be called where its name comes from a list and not from a screen."""
WAYS: tuple[dict[str, Any], ...] = (
    {"share": 0.15},
    {"share": 0.5, "many": True},
    {"share": 1.0, "deeply": True},
    {"share": 0.0, "name": CALLED},
)
"""A little, so that the act comes to its end; much; wholly, so that it ends early; and only its own name."""
PLAYED = [
    pytest.param(action, way, marks=() if action in FEW and way in (1, 3) else pytest.mark.slow)
    for action, way in itertools.product(all_acts(), range(len(WAYS)))
]


def assert_shown_safely(heard: Heard) -> None:
    for where, text in heard.texts.items():
        breaks = "\n" if where.startswith("error") else ""
        assert not unsafe(text, breaks=breaks), f"{where}: {text!r:.300} has {unsafe(text)}"


def assert_replayed_safely(path: Path) -> None:
    """Read back by the next start, and by `spottui audit`; and by whoever prints the file as it is."""
    if not path.exists():
        return
    assert not unsafe(path.read_text("utf-8").replace("\x7f", ""), breaks="\n")
    for command in read(path):
        for where, text in texts_of(command):
            assert not unsafe(text), f"{where}: {text!r:.300}"
    for as_json in (False, True):
        text, warning = show(path, None, as_json=as_json)
        assert not unsafe(text, breaks="\n") and not warning
        for where, one in texts_of(json.loads(text)) if as_json else ():
            assert not unsafe(one), f"{where}: {one!r:.300}"


@pytest.mark.parametrize(("action", "way"), PLAYED)
async def test_an_act_asks_and_tells_nothing_that_a_terminal_obeys(action: str, way: int, tmp_path: Path) -> None:
    many = WAYS[way].get("many", False) and by_id(action).many
    heard = await play_in(tmp_path, action, way, **{**WAYS[way], "many": many})
    assert heard.error is not None or heard.said
    assert_shown_safely(heard)
    assert_replayed_safely(heard.audit)


@pytest.mark.parametrize("name", sampled(NAMES))
def test_what_acts_say_stays_what_it_is_when_it_is_cleaned(name: str) -> None:
    text = CORPUS[name]
    assert isinstance(shown(Unfinished(text)), Unfinished)
    noted = shown(Noted(text, [text]))
    assert not unsafe(noted) and not unsafe(noted.lines[0])
    asked = Field(name="x", text=text, picks=(Pick(text, text, text),), value=text, value_of=lambda _: text)
    made = shown_field(asked)
    assert made.picks[0].value == text, "it is sent as it is, or another object is meant"
    assert made.value_of is not None
    drawn = (made.text, made.value, made.value_of({}), made.picks[0].title, made.picks[0].note)
    assert not any(unsafe(one) for one in drawn)
    assert shown_field(Field(name="x", text="", kind="fixed", value=text)).value == text


@pytest.mark.parametrize("name", sampled(ESCAPES))
def test_no_name_hides_what_a_question_goes_on_to_say(name: str) -> None:
    said = shown(f"ReplicaSet {ESCAPES[name]} makes the new one. Nothing else does.")
    # A sequence that is cut off takes the letter after it along, as it would on a terminal, and no more.
    assert said.startswith("ReplicaSet ") and said.endswith("akes the new one. Nothing else does.")
    assert not unsafe(said)


@pytest.mark.parametrize("name", ["../../../../api/v1/secrets", "", "a/b", "x\x1b[2J", "%2e%2e"])
async def test_a_pod_that_lies_about_its_owner_leads_no_request_elsewhere(name: str, tmp_path: Path) -> None:
    """Whoever may make a pod may name any owner: the API server looks at neither its name nor its being there."""
    bench = Bench(tmp_path)
    found = pod("liar", "DaemonSet")
    found["metadata"]["ownerReferences"][0]["name"] = name
    found["spec"]["nodeName"] = "core"
    bench.api.put("/api/v1/namespaces/robot/pods/liar", found)
    (placed,) = await placed_on(bench.services, "core")
    assert placed.fates == {"unmanaged"}, "no such DaemonSet makes it again, so it goes with consent only"
    assert not [path for path in bench.api.reads if "secrets" in path or ".." in path or "\x1b" in path]
    bench.audit.close()


# -- as they are drawn -----------------------------------------------------------------------------------


class Nothing(App[None]):
    """Something to open dialogs over, in the program's own styles."""

    CSS_PATH = str(Path(__file__).parents[2] / "styles" / "base.tcss")


def dialogs(text: str) -> list[Any]:
    """Return every dialog of an act whose target, message and picks are this text."""
    target = Target(kind="Pod", namespace=text, name=text, uid="u")
    ask, typed = by_id("pod.delete"), by_id("workload.delete")
    note = Noted(f"It says: {text}", [f"- {text}", f"+ {text}"])
    one = question_for_one(ask, target, {"grace": text}, "sim", unlocks_for=300.0, note=note)
    worst = question_for_one(typed, target, {}, "sim", note=note)
    many = question_for_many(ask, [target] * 5, 2, "sim", note=note)
    assert worst.weight is Weight.TYPE_NAME and worst.typed == shown(text)
    field = shown_field(
        Field(name="x", text=text, value=text, kind="several", picks=tuple(Pick(text, text, text) for _ in range(9)))
    )
    known = Target(kind="Pod", namespace=shown(text), name=shown(text), uid="u")  # as rows of a screen have it
    running = RunningCommands(lambda: 0.0)
    running.begin(ask, known).hear(shown(text))
    running.end(running.begin(ask, known), "failed", shown(text))
    view = ManyProgress(ask, [known])
    view.hear(Progress(known, "failed", shown(text), 1, 1))
    assert not unsafe(summary(ask, [Progress(target, "failed", text, 1, 1)]))
    return [
        ConfirmScreen(one.text, notes=[one.text], lines=one.lines),
        ConfirmScreen(many.text, lines=many.lines),
        TypeNameScreen(worst.text, worst.typed, lines=worst.lines),
        AskScreen(field, field.value),
        SeveralScreen(field),
        ChoiceScreen(field.text, [Choice(str(n), pick.title, (), pick.note) for n, pick in enumerate(field.picks)]),
        RunningScreen(running, lambda: 1.0),
        ManyScreen(view),
    ]


SIZES = [(80, 24), pytest.param((24, 9), marks=pytest.mark.slow), pytest.param((160, 50), marks=pytest.mark.slow)]
MIXED = " ".join(
    CORPUS[name] for name in ("closing", "action", "override", "families", "newlines", "wide at odd place")
)
TEXTS = [[MIXED], pytest.param(list(CORPUS.values()), marks=pytest.mark.slow)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("texts", TEXTS, ids=["mixed", "all"])
async def test_a_dialog_shows_nasty_texts_as_texts(size: tuple[int, int], texts: list[str]) -> None:
    app = Nothing()
    async with app.run_test(size=size) as pilot:
        for text in texts:
            for screen in dialogs(text):
                await app.push_screen(screen)
                app.notify(shown(text), markup=False)
                await pilot.pause()
                found = faults(app)
                # A sequence that is left open shows its words, or it would hide ours; a fold parts a text from its [.
                if text in ESCAPES.values() or size[0] < 40:
                    found = [one for one in found if "was obeyed" not in one]
                assert not found, f"{text!r:.100} in {type(screen).__name__}: {found[:3]}"
                app.clear_notifications()
                await app.pop_screen()


@pytest.mark.parametrize("name", sampled(NAMES))
def test_a_menu_names_its_target_as_the_store_has_it(name: str) -> None:
    """Rows come from records, which are clean: the menu's title and choices are made of them."""
    from spottui.actions.permits import Permits
    from spottui.sources.text import clean

    bench: Any = None
    target = Target(kind="Pod", namespace="n", name=clean(CORPUS[name]), uid="u")
    choices = action_choices([by_id("pod.delete")], [target], Permits(bench, lambda: 0.0))
    assert not any(unsafe(text) for choice in choices for text in (choice.title, choice.note, *choice.words))


def test_an_error_says_what_a_server_said_without_what_it_would_do() -> None:
    for text in CORPUS.values():
        assert not unsafe(str(SpottuiError(text)), breaks="\n")

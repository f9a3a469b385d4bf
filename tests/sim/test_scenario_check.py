"""What is wrong with a scenario is said with its line and key; every scenario that comes along is right."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.sim.scenario import Commit, ScenarioError, SetLink
from spottui.sim.scenario_check import load, names, parse
from spottui.sim.scenario_lines import lines_of

GOOD = """\
title = "A small day"
seed = 7
repeat_after = 100

[robot]
battery = 50
state = "docked"

[links.uplink]
to = "slow"

[[runtime_class]]
name = "wasmtime-spin-v2"
handler = "spin-v2"

[[application]]
name = "vision"
repository = "https://git.example/vision.git"

[[workload]]
namespace = "perception"
name = "cam-front"
image = "registry.example/cam-front:1.0"
application = "vision"
runtime_class = "wasmtime-spin-v2"

[image."cam-front"]
memory_growth = 100.0

[event.break]
says = "it breaks"
do = [
  { act = "link", link = "uplink", to = "down" },
  { act = "commit", application = "vision", message = "fix", change = [
    { workload = "perception/cam-front", memory = "64Mi" },
  ] },
]

[[story]]
at = 10
event = "break"
"""


def test_a_good_one_is_read() -> None:
    scenario = parse(GOOD, "small")
    link, commit = scenario.event["break"].do
    assert isinstance(link, SetLink) and link.to == "down"
    assert isinstance(commit, Commit) and commit.change[0].memory == "64Mi"
    assert scenario.links["uplink"].to == "slow"
    assert scenario.workload[0].replicas == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 7", "seed = ", "line 2"),
        ("seed = 7", "sead = 7", 'small, line 2: sead: there is no such key; did you mean "seed"?'),
        ("seed = 7", 'seed = "7"', "small, line 2: seed: must be int, got str."),
        ('title = "A small day"', "", 'small, line 1: the key "title" is missing.'),
        ("battery = 50", "battery = 101", "small, line 6: robot.battery:"),
        ("battery = 50", "batery = 50", 'line 6: robot.batery: there is no such key; did you mean "battery"?'),
        ('state = "docked"', 'state = "flying"', "line 7: robot.state: cannot be 'flying'"),
        ('name = "cam-front"', 'name = "Cam"', "line 22: workload[1].name: must be a name of lower-case letters"),
        ('application = "vision"\nr', 'application = "vison"\nr', 'no application "vison"; did you mean "vision"?'),
        ('"wasmtime-spin-v2"\n\n[image', '"spin"\n\n[image', "line 25: workload[1].runtime_class: there is no"),
        ("memory_growth = 100.0", "memory_grows = 1", "line 28: image.cam-front.memory_grows: A behaviour has no"),
        ("memory_growth = 100.0", 'memory_growth = "1"', "line 28: image.cam-front.memory_growth:"),
        ('act = "link"', 'act = "lnk"', "line 33: event.break.do[1].act: there is no such act; there is link,"),
        ('to = "down"', 'to = "dwn"', "line 33: event.break.do[1].to: cannot be 'dwn'"),
        ('message = "fix",', "", 'line 34: event.break.do[2]: the key "message" is missing.'),
        ("perception/cam-front", "perception/cam", "line 35: event.break.do[2].change[1].workload: there is no"),
        (
            'memory = "64Mi"',
            'memory = "64 MB"',
            "line 35: event.break.do[2].change[1].memory: must be a quantity of Kubernetes",
        ),
        (
            'event = "break"',
            'event = "brake"',
            'line 41: story[1].event: there is no event "brake"; did you mean "break"',
        ),
        ("repeat_after = 100", "repeat_after = 5", "line 3: repeat_after: must be later"),
        ("at = 10", "at = -1", "line 40: story[1].at:"),
    ],
)
def test_what_is_wrong_is_named_with_line_and_key(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError) as caught:
        parse(GOOD.replace(old, new, 1), "small")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_workload_that_is_there_twice_is_named() -> None:
    twice = GOOD + '\n[[workload]]\nnamespace = "perception"\nname = "cam-front"\nimage = "x"\n'
    with pytest.raises(ScenarioError, match=r'line 45: workload\[2\].name: "perception/cam-front" is there twice'):
        parse(twice, "small")


def test_an_unknown_name_offers_what_there_is() -> None:
    with pytest.raises(ScenarioError, match='There is no scenario "feld-day"; did you mean "field-day"'):
        load("feld-day")


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        load(str(tmp_path / "mine.toml"))
    (tmp_path / "mine.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize("name", names())
def test_the_scenarios_that_come_along_are_right(name: str) -> None:
    assert load(name).title


KEYS = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
SCALARS = st.one_of(
    st.integers(-99, 99).map(str),
    st.booleans().map(lambda yes: str(yes).lower()),
    st.sampled_from(['"a [b] {c}"', "'x = 1'", '"""two\nlines # = [\n"""', "'''\n[no]\n'''", '"q\\"]"']),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda some: "[\n" + ", # c ]\n".join(some) + "\n]"),
        st.dictionaries(KEYS, inner.filter(lambda text: "\n" not in text), max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Return the path of everything in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {path} if path else set()
    for key, one in inner:
        found |= paths(one, (*path, key))
    return found


@settings(max_examples=25)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_every_key_of_any_document_has_its_line(head: dict[str, str], tables: list[dict[str, str]]) -> None:
    lines = [f"{key} = {value}" for key, value in head.items()]
    for table in tables:
        lines += ["[[many]]", *(f"{key} = {value}" for key, value in table.items())]
    text = "\n".join(lines)
    found = lines_of(text)
    assert paths(tomllib.loads(text)) - {("many",)} <= found.keys()
    for path, line in found.items():
        if isinstance(path[-1], str) and path != ("many",):
            assert path[-1] in text.split("\n")[line - 1]


def test_the_small_one_of_the_documentation_is_right() -> None:
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()
    small = text.partition("## A small one\n")[2].partition("\n## ")[0]
    assert parse("\n".join(line[4:] for line in small.splitlines()), "small").story[0].event == "unplugged"

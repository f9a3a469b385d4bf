"""Settings: every origin, every problem at once, and what `config show` says."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.cli_request import known_keys
from spottui.config import load, variable_of
from spottui.errors import BadConfig
from spottui.settings import KINDS, SECTIONS, Settings
from spottui.settings_actions import FIXED
from spottui.settings_folders import cache_folder, config_path, state_folder
from spottui.settings_keys import canonical, problem_of
from spottui.settings_terminal import colours, textual_variables, why_no_screen
from spottui.settings_text import effective, line_of, toml
from spottui.settings_values import Secret

ACTIONS = {"workload.restart": "r", "application.sync": "s", "spottui.help": "?", "pod.delete": ""}


def read(tmp_path: Path, text: str = "", **given: Any) -> Settings:
    """Read a settings file with this text."""
    file = tmp_path / "config.toml"
    file.write_text(text)
    values: dict[str, Any] = {"environ": {}, "home": tmp_path / "home", "folder": tmp_path, "actions": ACTIONS}
    values |= {"config_file": file, **given}
    return load(**values)


def problems(tmp_path: Path, text: str = "", **given: Any) -> list[str]:
    """Return what is wrong with a settings file, one sentence per line."""
    with pytest.raises(BadConfig) as caught:
        read(tmp_path, text, **given)
    assert caught.value.exit_status == 2
    return str(caught.value).replace(f"{tmp_path}/config.toml", "FILE").splitlines()


# -- where things are ------------------------------------------------------------------------------------


def test_the_file_and_the_state_are_below_home_unless_xdg_says_otherwise() -> None:
    home = Path("/home/ana")
    assert config_path({}, home) == home / ".config/spottui/config.toml"
    assert state_folder({}, home) == home / ".local/state/spottui"
    xdg = {"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}
    assert config_path(xdg, home) == Path("/c/spottui/config.toml")
    assert state_folder(xdg, home) == Path("/s/spottui")
    assert cache_folder({}, home) == home / ".cache/spottui"
    assert cache_folder({"XDG_CACHE_HOME": "/k"}, home) == Path("/k/spottui")
    assert config_path({"XDG_CONFIG_HOME": "relative"}, home) == home / ".config/spottui/config.toml"


def test_without_any_file_the_defaults_hold_and_are_the_safe_ones(tmp_path: Path) -> None:
    settings = load(environ={}, home=tmp_path, folder=tmp_path)
    assert settings.safety.start_unlocked is False
    assert settings.safety.unlock_minutes == 15
    assert (settings.ui.theme, settings.ui.mouse, settings.ui.ascii) == ("dark", True, False)
    assert settings.cluster.kubeconfig is None
    assert settings.audit.path == tmp_path / ".local/state/spottui/audit.jsonl"
    assert set(settings.origins.values()) == {"default"}


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"/gone\.toml: there is no such settings file\."):
        load(environ={}, home=tmp_path, folder=tmp_path, config_file=Path("gone.toml"))
    with pytest.raises(BadConfig, match="no such settings file"):
        load(environ={"SPOTTUI_CONFIG": "gone.toml"}, home=tmp_path, folder=tmp_path)


def test_a_file_that_is_no_text_or_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadConfig, match="is not UTF-8 text"):
        load(environ={}, home=tmp_path, folder=tmp_path, config_file=Path("binary.toml"))
    with pytest.raises(BadConfig, match="cannot be read"):
        load(environ={}, home=tmp_path, folder=tmp_path, config_file=tmp_path)


# -- which origin wins -----------------------------------------------------------------------------------


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    text = '[ui]\ntheme = "light"\n'
    environ = {"SPOTTUI_UI_THEME": "ansi"}
    assert read(tmp_path, text).ui.theme == "light"
    assert read(tmp_path, text, environ=environ).ui.theme == "ansi"
    settings = read(tmp_path, text, environ=environ, flags={"ui.theme": "high-contrast"})
    assert settings.ui.theme == "high-contrast"
    assert settings.origins["ui.theme"] == "flag"
    assert read(tmp_path, text).origins["ui.theme"] == str(tmp_path / "config.toml")
    assert read(tmp_path, text, environ=environ).origins["ui.theme"] == "environment SPOTTUI_UI_THEME"


def test_flags_that_were_not_given_and_empty_variables_change_nothing(tmp_path: Path) -> None:
    settings = read(tmp_path, environ={"SPOTTUI_UI_MOUSE": ""}, flags={"ui.mouse": None})
    assert settings.origins["ui.mouse"] == "default"


def test_a_false_flag_is_not_an_absent_one(tmp_path: Path) -> None:
    settings = read(tmp_path, "[ui]\nmouse = true\n", flags={"ui.mouse": False})
    assert settings.ui.mouse is False


def test_the_last_state_is_kept_unless_anyone_says_otherwise(tmp_path: Path) -> None:
    assert read(tmp_path).cache.last_state is True
    assert read(tmp_path, "[cache]\nlast_state = false\n").cache.last_state is False
    assert read(tmp_path, environ={"SPOTTUI_CACHE_LAST_STATE": "no"}).cache.last_state is False
    assert read(tmp_path, flags={"cache.last_state": False}).origins["cache.last_state"] == "flag"


def test_relative_paths_start_at_the_file_or_at_the_folder_of_the_command(tmp_path: Path) -> None:
    text = '[cluster]\nkubeconfig = "robot.yaml"\n[audit]\npath = "~/audit.jsonl"\n'
    settings = read(tmp_path, text, folder=Path("/elsewhere"), flags={"log.file": "x.log"})
    assert settings.cluster.kubeconfig == tmp_path / "robot.yaml"
    assert settings.audit.path == tmp_path / "home/audit.jsonl"
    assert settings.log.file == Path("/elsewhere/x.log")


@pytest.mark.parametrize(
    ("environ", "mouse", "ascii"),
    [
        ({"TMUX": "/tmp/tmux"}, False, False),
        ({"TERM": "linux"}, True, True),
        ({"LANG": "de_DE.ISO-8859-1"}, True, True),
        ({"LANG": "de_DE.ISO-8859-1", "LC_ALL": "en_US.UTF-8"}, True, False),
    ],
)
def test_defaults_fit_the_terminal(tmp_path: Path, environ: dict[str, str], mouse: bool, ascii: bool) -> None:
    settings = read(tmp_path, environ=environ)
    assert (settings.ui.mouse, settings.ui.ascii) == (mouse, ascii)


def test_what_the_operator_says_beats_what_the_terminal_suggests(tmp_path: Path) -> None:
    assert read(tmp_path, "[ui]\nmouse = true\n", environ={"TMUX": "x"}).ui.mouse is True


# -- every problem, at once ------------------------------------------------------------------------------


def test_all_problems_are_told_at_once_with_line_and_remedy(tmp_path: Path) -> None:
    text = """\
[cluster]
kubeconfg = "x"
[ui]
theme = "drak"
mouse = 1
[saftey]
start_unlocked = true
[metrics]
period_seconds = 0
[keys]
workload.restart = "ctrl-a"
"""
    environ = {"SPOTTUI_LOG_LEVEL": "loud", "SPOTTUI_UI_THEM": "x"}
    assert problems(tmp_path, text, environ=environ, flags={"safety.unlock_minutes": "x"}) == [
        "FILE:2: cluster.kubeconfg: there is no such key; did you mean cluster.kubeconfig?",
        'FILE:4: ui.theme: must be one of dark, light, high-contrast, colour-blind, ansi, not "drak".',
        "FILE:5: ui.mouse: must be true or false, not 1.",
        "FILE:6: saftey: there is no such section; did you mean safety?",
        "FILE:9: metrics.period_seconds: must be a number from 1 to 3600, not 0.",
        'FILE:11: keys.workload.restart: the key "ctrl+a" cannot be used: screen and tmux take it.',
        'environment SPOTTUI_LOG_LEVEL: log.level must be one of debug, info, warning, error, not "loud".',
        "environment SPOTTUI_UI_THEM: there is no such setting; did you mean SPOTTUI_UI_THEME?",
        'flag: safety.unlock_minutes must be a number from 1 to 480, not "x".',
    ]


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (said,) = problems(tmp_path, "[ui\n")
    assert said.startswith("FILE: is not valid TOML: ")
    assert "line 1" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ui = 3\n", 'FILE:1: ui: is a section; write "[ui]" and its keys below.'),
        ("[ui]\ntheme = []\n", "must be one of"),
        ("[cluster]\ncontext = ''\n", "must be a text that is not empty"),
        ("[log]\nfile = 5\n", "must be the path of a file, not 5."),
        ("[safety]\nunlock_minutes = true\n", "must be a number from 1 to 480, not true."),
        ("[safety]\nunlock_minutes = nan\n", "must be a number from 1 to 480, not nan."),
        ("[ui.theme]\nname = 'x'\n", "FILE:2: ui.theme.name: there is no such key"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in "\n".join(problems(tmp_path, text))


def test_variables_of_other_programs_and_of_our_tests_are_not_ours(tmp_path: Path) -> None:
    read(tmp_path, environ={"SPOTTUI_CLUSTER": "1", "_SPOTTUI_COMPLETE": "x", "SPOTTUIX_UI_Y": "1"})


VALUES = st.one_of(st.integers(), st.text(max_size=8), st.booleans(), st.lists(st.text(max_size=3), max_size=3))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*ACTIONS, "x", ""]), VALUES, max_size=4))
def test_no_text_in_a_section_is_more_than_a_problem(table: dict[str, Any]) -> None:
    from spottui.settings_keys import check

    keymap, found = check(table, ACTIONS)
    assert all(action in ACTIONS for action in keymap)
    assert all(isinstance(why, str) for _, why in found)


@settings(deadline=None)
@given(st.text())
def test_any_file_gives_settings_or_a_problem(text: str) -> None:
    from spottui.config import _Reading

    reading = _Reading(Path("/c.toml"), text, Path("/home"), Path("/"))
    reading.take_defaults({})
    reading.take_file({})
    assert reading.problems or reading.settings()


# -- keys ------------------------------------------------------------------------------------------------


def test_keys_can_be_moved_in_either_spelling_of_toml(tmp_path: Path) -> None:
    text = '[keys]\nworkload.restart = "R, ctrl-r"\n"application.sync" = ["S", ","]\n'
    settings = read(tmp_path, text)
    assert dict(settings.keys) == {"workload.restart": "R,ctrl+r", "application.sync": "S,comma"}
    assert settings.origins["keys.workload.restart"].endswith("config.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('workload.restat = "R"', "is no action; did you mean workload.restart?"),
        ('workload.restart = "s"', 'the key "s" is already the key of application.sync.'),
        ('workload.restart = "x"\napplication.sync = "x"', 'the key "x" is already the key of'),
        ('workload.restart = "question_mark"', 'the key "?" is already the key of spottui.help.'),
        ("workload.restart = 5", "must be a key"),
        ('workload.restart = ""', "must be a key"),
        ('workload.restart = "ctlr+r"', "is not a key; did you mean ctrl+r?"),
    ],
)
def test_a_key_that_is_unknown_or_taken_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in "\n".join(problems(tmp_path, f"[keys]\n{text}\n"))


def test_two_keys_may_change_places(tmp_path: Path) -> None:
    settings = read(tmp_path, '[keys]\nworkload.restart = "s"\napplication.sync = "r"\n')
    assert dict(settings.keys) == {"workload.restart": "s", "application.sync": "r"}


@pytest.mark.parametrize(
    "key",
    ["ctrl-a", "ctrl+b", "ctrl-space", "Ctrl+H", "ctrl-i", "ctrl+m", "ctrl-\\", "alt+x", "alt-x", "f1", "F12"],
)
def test_keys_that_terminals_swallow_are_refused(key: str) -> None:
    why = problem_of(canonical(key))
    assert why and "cannot be used" in why


@pytest.mark.parametrize("key", ["R", "ctrl+r", "ctrl-d", "tab", "shift+tab", "pageup", "space", "?", "minus", "é"])
def test_keys_that_work_are_taken(key: str) -> None:
    assert problem_of(canonical(key)) is None


def test_the_table_of_keys_is_that_of_the_screens() -> None:
    assert known_keys() == {
        binding_id: keys for binding_id, keys in bindings().items() if not binding_id.startswith(FIXED)
    }


def bindings() -> dict[str, str]:
    """Return id -> keys of every binding of our screens, widgets and app."""
    from textual.binding import Binding
    from textual.dom import DOMNode

    import spottui.screens
    import spottui.widgets

    names = [
        f"{package.__name__}.{module.name}"
        for package in (spottui.screens, spottui.widgets)
        for module in pkgutil.iter_modules(package.__path__)
    ]
    found: dict[str, str] = {}
    for module in [importlib.import_module(name) for name in (*names, "spottui.app")]:
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if not issubclass(kind, DOMNode) or kind.__module__ != module.__name__:
                continue
            for entry in vars(kind).get("BINDINGS", ()):
                binding = entry if isinstance(entry, Binding) else Binding(*entry)
                if binding.id:
                    found[binding.id] = ",".join(canonical(key) for key in binding.key.split(","))
    return found


# -- what is shown ---------------------------------------------------------------------------------------


def test_config_show_is_itself_a_settings_file(tmp_path: Path) -> None:
    text = '[cluster]\ncontext = "a \\"b\\""\n[keys]\nworkload.restart = "R"\n'
    before = read(tmp_path, text, environ={"SPOTTUI_UI_THEME": "light"}, flags={"ui.mouse": False})
    shown = effective(before)
    assert 'theme = "light"' in shown
    assert "# environment SPOTTUI_UI_THEME" in shown
    after = read(tmp_path, shown)
    assert {key: getattr(after, key) for key in SECTIONS} == {key: getattr(before, key) for key in SECTIONS}
    assert dict(after.keys) == {"workload.restart": "R"}


def test_every_setting_is_shown_and_has_a_variable(tmp_path: Path) -> None:
    shown = effective(read(tmp_path))
    for key in KINDS:
        assert key.split(".")[1] in shown
        assert variable_of(key).startswith("SPOTTUI_")
    tomllib.loads(shown)


def test_a_secret_never_prints_itself() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {secret!s:>10} {[secret]} {toml(secret)}" + "%s" % secret  # noqa: UP031
    assert secret.reveal() == "hunter2"
    assert secret == "hunter2"


def test_lines_are_found_in_the_usual_layouts() -> None:
    text = 'ui.mouse = true\n\n[keys]\n"a.b" = "x"\nc.d = "y"\n[ keys.e ]\nf = "z"\n'
    assert [line_of(text, *key) for key in (("ui", "mouse"), ("keys", "a.b"), ("keys", "c.d"))] == [1, 4, 5]
    assert line_of(text, "keys", "e.f") == 7
    assert line_of(text, "keys", "") == 3
    assert line_of(text, "log", "file") is None


# -- the terminal ----------------------------------------------------------------------------------------


def test_textual_draws_less_often_over_ssh_and_never_animates() -> None:
    assert textual_variables({})["TEXTUAL_FPS"] == "30"
    for remote in ("SSH_CONNECTION", "TMUX"):
        variables = textual_variables({remote: "x"})
        assert variables == {
            "TEXTUAL_FPS": "15",
            "TEXTUAL_ANIMATIONS": "none",
            "TEXTUAL_SMOOTH_SCROLL": "0",
        }
    assert textual_variables({"TEXTUAL_FPS": "5", "TEXTUAL_ANIMATIONS": "full"})["TEXTUAL_ANIMATIONS"] == "none"


def test_no_screen_without_a_terminal_that_can_draw_one() -> None:
    term = {"TERM": "xterm"}
    assert why_no_screen(term, has_input=True, has_output=True) is None
    for said in (
        why_no_screen(term, has_input=True, has_output=False),
        why_no_screen(term, has_input=False, has_output=True),
        why_no_screen({"TERM": "dumb"}, has_input=True, has_output=True),
        why_no_screen({}, has_input=True, has_output=True),
    ):
        assert said and "spottui status" in said


@pytest.mark.parametrize(
    ("environ", "count"),
    [
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "16 million"),
        ({"TERM": "dumb"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none (NO_COLOR is set)"),
    ],
)
def test_the_number_of_colours_is_told_in_words(environ: dict[str, str], count: str) -> None:
    assert colours(environ) == count

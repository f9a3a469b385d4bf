"""YAML opens from a row, is searched, copied for the terminal at hand, and saved."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from spottui.app_objects import CLIPBOARD_LIMIT, clipboard
from spottui.errors import Forbidden, SpottuiError
from spottui.records import Target
from spottui.screens.pager import PagerScreen
from spottui.screens.yaml_text import paint_yaml, secret_screen, yaml_lines
from tests.screens.app_case import a_pod, everything_listed, heard, make_app, screen_text, tell, until

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "cam", "uid": "pod-cam", "managedFields": [{"manager": "kubelet", "operation": "Update"}]},
    "spec": {"containers": [{"name": "main", "image": "img:1", "args": ["--x: y"]}]},
}


async def opened(app: Any, pilot: Any, answer: Any) -> None:
    async def fetch(target: Target) -> Mapping[str, Any]:
        assert (target.kind, target.uid) == ("Pod", "pod-cam")
        if isinstance(answer, Exception):
            raise answer
        return answer

    app.parts.fetch = fetch
    await until(lambda: app.joined is not None, pilot)
    await tell(pilot, *everything_listed(), heard("pods", a_pod("cam")))
    await pilot.press("3", "y")


async def test_y_shows_the_object_with_its_managers_folded_and_z_unfolds_them(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, POD)
        await until(lambda: "YAML of pod/cam" in screen_text(app), pilot)
        assert "kubelet (Update at ?), folded" in screen_text(app) and "image: img:1" in screen_text(app)
        await pilot.press("z")
        await until(lambda: "manager: kubelet" in screen_text(app), pilot)
        await pilot.press("slash", *"image", "enter")
        assert "/image" in screen_text(app)
        await pilot.press("escape", "escape")
        await until(lambda: not isinstance(app.screen, PagerScreen), pilot)


async def test_an_object_that_may_not_be_read_is_a_sentence(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, Forbidden("You may not get pods."))
        await until(lambda: "You may not get pods." in screen_text(app), pilot)


async def test_the_whole_text_is_copied(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, POD)
        await until(lambda: isinstance(app.screen, PagerScreen), pilot)
        await pilot.press("c")
        assert app.clipboard.startswith("apiVersion: v1\nkind: Pod\n")


def test_the_clipboard_is_reached_through_tmux_and_screen() -> None:
    plain = f"\x1b]52;c;{base64.b64encode(b'text').decode()}\x07"
    assert clipboard("text", {}) == plain
    assert clipboard("text", {"TMUX": "/tmp/x"}) == f"\x1bPtmux;\x1b{plain}\x1b\\{plain}"
    long = clipboard("x" * 3000, {"STY": "1"})
    assert long.count("\x1bP") == 6 and max(len(piece) for piece in long.split("\x1b\\")) <= 702
    with pytest.raises(SpottuiError, match="saves to a file"):
        clipboard("x" * (CLIPBOARD_LIMIT + 1), {})


def test_a_line_of_yaml_keeps_its_text_when_painted() -> None:
    for line in (*yaml_lines(POD), "- a: b: c", "plain", "", "  'quoted: key': x", "# comment: x"):
        assert "".join(text for text, _ in paint_yaml(line)) == line


async def test_a_revealed_secret_is_written_to_no_file(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    target = Target(kind="Secret", namespace="robot", name="git", uid="u-git")
    found = {"kind": "Secret", "metadata": {"name": "git"}, "data": {"password": base64.b64encode(b"hunter2").decode()}}
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(lambda: app.joined is not None, pilot)
        await app.push_screen(secret_screen(app.parts, target, found))
        await until(lambda: "hunter2" in screen_text(app), pilot)
        assert "ctrl-s" not in screen_text(app)
        await pilot.press("ctrl+s")
        await until(lambda: app._notifications, pilot)
        assert [one.message for one in app._notifications] == [
            "What a Secret holds is written to no file. c copies it."
        ]
    assert not (tmp_path / ".local/state/spottui/views").exists()

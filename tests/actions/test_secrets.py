"""A Secret is revealed on the screen only: by question, with permission, audited, and its values in no sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from spottui.actions.registry import by_id
from spottui.actions.runner import Runner
from spottui.errors import NotFound, SpottuiError
from spottui.records import Target
from spottui.verdicts.manifest import readable

from .bench import Bench

PATH = "/api/v1/namespaces/robot/secrets/git"
TARGET = Target(kind="Secret", namespace="robot", name="git", uid="u-git")
SECRET: dict[str, Any] = {
    "kind": "Secret",
    "metadata": {"name": "git", "namespace": "robot", "uid": "u-git"},
    "data": {"password": "aHVudGVyMg==", "user": "YW5h"},
}


class Bench2(Bench):
    """A bench with a screen."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.shown: list[Mapping[str, Any]] = []
        self.services = dataclasses.replace(self.services, show=lambda _, found: self.shown.append(found))
        self.runner = Runner(self.services, self.permits, self.audit, self.lock, self.time, self.heard.append)


async def test_its_values_reach_the_screen_and_nothing_else(tmp_path: Path) -> None:
    bench = Bench2(tmp_path)
    bench.api.objects[PATH] = SECRET
    said = await bench.runner.perform(by_id("secret.reveal"), TARGET, bench.confirm)
    assert said == "2 keys of secret/git in robot were shown: password, user."
    assert readable(bench.shown[0], reveal=True)["data"] == {"password": "hunter2", "user": "ana"}
    assert bench.questions[0].text.startswith("Show the values of secret/git")
    assert bench.outcomes == ["asked", "done"]
    written = bench.audit.path.read_text()
    assert "hunter2" not in written and "aHVudGVyMg" not in written
    assert "hunter2" not in repr(bench.heard) and "aHVudGVyMg" not in repr(bench.api.sent)


async def test_who_says_no_reads_nothing(tmp_path: Path) -> None:
    bench = Bench2(tmp_path, answers=False)
    bench.api.objects[PATH] = SECRET
    assert await bench.runner.perform(by_id("secret.reveal"), TARGET, bench.confirm) == "Nothing was done."
    assert (bench.shown, bench.lines) == ([], [])


async def test_another_secret_of_that_name_is_not_shown(tmp_path: Path) -> None:
    bench = Bench2(tmp_path)
    bench.api.objects[PATH] = {**SECRET, "metadata": {**SECRET["metadata"], "uid": "other"}}
    with pytest.raises(NotFound):
        await bench.runner.perform(by_id("secret.reveal"), TARGET, bench.confirm)
    assert bench.shown == [] and bench.outcomes == ["asked", "failed"]


async def test_without_a_screen_it_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.api.objects[PATH] = SECRET
    with pytest.raises(SpottuiError, match="no screen"):
        await bench.runner.perform(by_id("secret.reveal"), TARGET, bench.confirm)

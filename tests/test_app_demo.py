"""What the demo takes from the operator's settings and environment, and what it must not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spottui import app_demo
from spottui.app_demo import DemoRobot, check_scenario, settings_for
from spottui.config import load
from spottui.errors import BadConfig
from spottui.settings import Settings

OWN = """\
[cluster]
kubeconfig = "mine.yaml"
context = "prod"
namespace = "robots"

[robot]
address = "192.168.80.3"
username = "ana"
"""
TOLD: dict[str, Any] = {
    "kubeconfig": "/tmp/x/kubeconfig",
    "ca": "/tmp/x/ca.pem",
    "robot": {"address": "127.0.0.1", "port": 4711},
    "credentials": {"username": "user", "password_file": "/tmp/x/password"},
}


def settings_in(folder: Path, **flags: str) -> Settings:
    (folder / "config.toml").write_text(OWN)
    named = {name.replace("__", "."): value for name, value in flags.items()}
    return load(environ={}, home=folder, folder=folder, config_file=folder / "config.toml", flags=named)


def test_the_operators_own_cluster_and_robot_are_left_alone(tmp_path: Path) -> None:
    before = settings_for(settings_in(tmp_path), {})
    assert before.cluster.kubeconfig is before.cluster.context is before.cluster.namespace is None
    assert before.robot.address is before.robot.username is None
    ready = settings_for(settings_in(tmp_path), TOLD)
    assert str(ready.cluster.kubeconfig) == "/tmp/x/kubeconfig"
    assert (ready.robot.address, ready.robot.username) == ("127.0.0.1:4711", "user")
    assert ready.robot.profile is not None and ready.robot.profile.is_file()


def test_flags_count_all_the_same(tmp_path: Path) -> None:
    settings = settings_for(settings_in(tmp_path, cluster__context="spot-07-viewer", cluster__namespace="edge"), TOLD)
    assert (settings.cluster.context, settings.cluster.namespace) == ("spot-07-viewer", "edge")


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DemoRobot:
    monkeypatch.setattr(app_demo.sys, "executable", "/bin/false")
    demo = DemoRobot([], tmp_path / "spottui.log")
    return demo


def test_the_environment_leads_to_no_other_cluster_robot_or_proxy(demo: DemoRobot) -> None:
    environ = {"KUBECONFIG": "a", "https_proxy": "b", "NO_PROXY": "c", "BOSDYN_CLIENT_PASSWORD": "d", "TERM": "xterm"}
    assert demo.environ_of(environ) == {"TERM": "xterm"}
    demo.stop()


def test_a_process_that_ends_at_once_is_a_sentence_and_leaves_no_folder(demo: DemoRobot) -> None:
    with pytest.raises(BadConfig, match=r"The embedded robot did not start: it ended with status 1\."):
        demo.until_ready()
    assert "has ended (status 1)" in demo.line()
    demo.stop()
    demo.stop()
    assert not demo.folder.exists()


def test_a_program_that_is_not_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_demo.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(BadConfig, match="cannot be started"):
        DemoRobot([], tmp_path / "spottui.log")


def test_an_unknown_scenario_is_said_before_the_screen() -> None:
    check_scenario(["--pods", "5"])
    with pytest.raises(BadConfig, match='no scenario "feld-day"'):
        check_scenario(["--scenario", "feld-day"])

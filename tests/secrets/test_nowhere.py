"""Secrets in texts that spottui writes or draws by itself, who may read its files, and what it listens on."""

from __future__ import annotations

import ast
import json
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from spottui.__main__ import cli
from spottui.app_demo import _log_file
from spottui.app_views import save_view
from spottui.config import load
from spottui.crash import PlainFormatter, record_crash
from spottui.private_file import make_folder, open_private
from spottui.screens.parts import not_looked
from spottui.settings_text import effective
from spottui.sources.kube_objects import decode_list
from tests.screens.app_case import NOW, everything_listed, heard, make_app, tell, until

ROOT = Path(__file__).parent.parent.parent
PLANTED = "planted-hunter2-0123456789"
KEY = f"-----BEGIN EC PRIVATE KEY-----\n{PLANTED}\n-----END EC PRIVATE KEY-----"
TOLD = [
    f"401 for Bearer {PLANTED}",
    f"header Authorization: Bearer {PLANTED}",
    f"Invalid header value b'Bearer {PLANTED}'",
    f"password={PLANTED}",
    f'{{"token": "{PLANTED}"}}',
    f"client-key-data: {PLANTED}",
    f"cannot connect to https://ana:{PLANTED}@proxy:3128",
    KEY,
]


def fail(password: str, said: str) -> None:
    """Fail with a password in a local variable, and what was said of it."""
    raise ValueError(said)


@pytest.mark.parametrize("said", TOLD)
def test_neither_the_log_nor_a_crash_keeps_a_credential(said: str, tmp_path: Path) -> None:
    record = logging.LogRecord("spottui", logging.INFO, "x.py", 1, "said: %s", (said,), None)
    assert PLANTED not in PlainFormatter("%(message)s").format(record)
    line = ""
    try:
        fail(PLANTED, said)
    except ValueError as error:
        line = record_crash(error, tmp_path / "log")
    assert line and PLANTED not in line and PLANTED not in (tmp_path / "log").read_text()


def test_config_show_names_files_and_variables_but_no_secret(tmp_path: Path) -> None:
    environ = {"BOSDYN_CLIENT_PASSWORD": PLANTED, "ARGOCD_AUTH_TOKEN": PLANTED}
    (tmp_path / "password").write_text(PLANTED)
    (tmp_path / "config.toml").write_text('[robot]\naddress = "spot"\npassword_file = "password"\n')
    settings = load(environ=environ, home=tmp_path, folder=tmp_path, config_file=tmp_path / "config.toml")
    assert PLANTED not in effective(settings) and PLANTED not in repr(settings)
    assert "password_file" in effective(settings)


def commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found)


def test_no_flag_takes_a_secret_as_everybody_could_read_it_in_the_process_list() -> None:
    telling = ("token", "password", "secret", "credential", "key")
    flags = {name for command in commands(cli) for one in command.params for name in (*one.opts, *one.secondary_opts)}
    assert len(flags) > 20
    assert not [flag for flag in flags if any(word in flag for word in telling) and not flag.endswith("-file")]


async def test_a_picture_of_the_screen_has_no_login_and_no_value_that_the_cluster_told_of(tmp_path: Path) -> None:
    repository = f"https://ana:{PLANTED}@git.example/robot.git"
    application = {
        "metadata": {"name": "nav", "namespace": "argocd", "uid": "u"},
        "spec": {"source": {"repoURL": repository, "path": "x"}, "project": "default", "destination": {}},
        "status": {
            "sync": {"status": "Unknown"},
            "conditions": [{"type": "ComparisonError", "message": f"cannot list {repository}: timed out"}],
        },
    }
    secret = {"metadata": {"name": "git", "namespace": "robot", "uid": "s"}, "type": "Opaque", "data": {"p": PLANTED}}
    app = make_app(tmp_path)
    app.parts.look_at = app.parts.look_away = not_looked
    async with app.run_test(size=(160, 30)) as pilot:
        await until(lambda: app.joined is not None, pilot)
        await tell(pilot, *everything_listed())
        for kind, found in (("applications", application), ("secrets", secret)):
            body = json.dumps({"metadata": {}, "items": [found]}).encode()
            await tell(pilot, heard(kind, *decode_list(kind, body).records))
        for number in "159":
            await pilot.press(number)
            await pilot.pause()
            picture = app.export_screenshot()
            assert PLANTED not in picture
            assert number != "5" or "***@git.example" in picture.replace("&#160;", " ")
        await app.action_show_screen("lists", "secrets")
        await pilot.pause()
        picture = app.export_screenshot()
        assert "git" in picture and PLANTED not in picture


# -- files ---------------------------------------------------------------------------------------------


def test_what_is_made_on_the_disk_is_its_owners_alone_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_folder(tmp_path / "a" / "b")
        os.close(open_private(tmp_path / "a" / "c" / "file"))
        save_view(tmp_path / "d", "overview", "text", NOW)
        _log_file(tmp_path / "e" / "spottui.log", tmp_path)
    finally:
        os.umask(before)
    for path in tmp_path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert (tmp_path / "e" / "simulator.log").is_file()


def test_a_file_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch(mode=0o644)
    path.chmod(0o644)
    os.close(open_private(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_device_keeps_its_mode() -> None:
    before = os.stat("/dev/null").st_mode
    os.close(open_private(Path("/dev/null")))
    assert os.stat("/dev/null").st_mode == before


# -- sockets -------------------------------------------------------------------------------------------

OPENERS = {
    "start_server": 1,
    "create_server": 1,
    "TCPSite": 1,
    "add_secure_port": 0,
    "add_insecure_port": 0,
    "create_datagram_endpoint": 1,
    "start_unix_server": 1,
    "HTTPServer": 0,
}
"""What opens a listening socket -> which argument says where."""


def doors() -> Iterator[tuple[str, ast.expr]]:
    """Yield each place in the sources that listens, and the expression that says where."""
    for path in sorted((ROOT / "spottui").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if any(f"{name}(" in text for name in OPENERS) else ():
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in OPENERS and len(node.args) > OPENERS[name]:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.args[OPENERS[name]]


def test_every_place_that_listens_does_so_on_loopback() -> None:
    found = dict(doors())
    assert len(found) >= 5
    from spottui.sim.robot_doors import HOST

    allowed = {"'127.0.0.1'", "'127.0.0.1:0'", "HOST"}
    assert HOST == "127.0.0.1"
    assert not {place: ast.unparse(where) for place, where in found.items() if ast.unparse(where) not in allowed}


def test_the_one_socket_that_is_bound_by_hand_is_bound_where_its_target_is() -> None:
    sources = [path for path in (ROOT / "spottui").rglob("*.py") if "__pycache__" not in path.parts]
    binding = [path for path in sources if ".bind((" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(ROOT).as_posix() for path in binding] == ["spottui/sim/link_proxy.py"], (
        "it takes its target's"
    )

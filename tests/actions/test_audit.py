"""The audit log on the disk."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from spottui.actions.audit import Audit, Request
from spottui.actions.audit_read import NO_ANSWER, read
from spottui.errors import SpottuiError
from spottui.records import Command

from .bench import PERCEPTION
from .fake_api import FakeTime


def an_audit(path: Path) -> Audit:
    who = {"user": "ana", "host": "laptop", "ssh_connection": "10.0.0.2 22", "context": "spot-07"}
    return Audit(path, clock=FakeTime(1_800_000_000.25), server="v1.37.2", **who)


def a_command(**fields: object) -> Command:
    known = {"id": "1", "at": 1.0, "action": "workload.restart", "target": PERCEPTION, "outcome": "asked"}
    return Command(**{**known, **fields})  # type: ignore[arg-type]


def test_a_line_says_who_did_what_to_what_and_with_which_request(tmp_path: Path) -> None:
    path = tmp_path / "state" / "spottui" / "audit.jsonl"
    an_audit(path).write(a_command(detail="x\n\x1b[31m", seconds=1.23456), Request("PATCH", "/p", {"a": 1}))
    text = path.read_text()
    assert text.count("\n") == 1 and "\x1b" not in text
    row = json.loads(text)
    assert row.pop("session").startswith(f"{os.getpid()}-")
    assert row == {
        "n": 1,
        "time": "2027-01-15T08:00:00.250Z",
        "id": "1",
        "user": "ana",
        "host": "laptop",
        "ssh_connection": "10.0.0.2 22",
        "context": "spot-07",
        "server": "v1.37.2",
        "action": "workload.restart",
        "target": {"kind": "Deployment", "namespace": "robot", "name": "perception", "uid": "u-perception"},
        "request": {"method": "PATCH", "path": "/p", "body": {"a": 1}},
        "outcome": "asked",
        "detail": "x\n\x1b[31m",
        "seconds": 1.235,
        "prev": hashlib.sha256(b"").hexdigest(),
    }


def test_only_the_operator_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "spottui" / "audit.jsonl"
    an_audit(path).write(a_command())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    an_audit(path).write(a_command())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_torn_last_line_of_an_old_log_is_left_alone_and_the_next_one_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"time":"2027-01-15T08:00:00Z","id":"0","act')
    an_audit(path).write(a_command())
    torn, whole = path.read_bytes().splitlines()
    assert torn.endswith(b'"act') and json.loads(whole)["id"] == "1"
    assert [command.id for command in read(path)] == ["1"]


@pytest.mark.parametrize("name", ["/dev/full", "/proc/spottui/audit.jsonl", "/dev/null/audit.jsonl"])
def test_a_line_that_cannot_be_written_says_where_and_why(name: str) -> None:
    with pytest.raises(SpottuiError, match=f"The audit log {name} cannot be written: .+"):
        an_audit(Path(name)).write(a_command())


async def test_a_line_is_written_off_the_event_loop(tmp_path: Path) -> None:
    audit = an_audit(tmp_path / "audit.jsonl")
    await audit.asked(a_command())
    await audit.ended(a_command(outcome="done"))
    audit.close()
    assert [command.outcome for command in read(audit.path)] == ["done"]


def test_reading_gives_each_command_its_last_word_and_skips_what_is_no_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit = an_audit(path)
    audit.write(a_command(id="a"))
    audit.write(a_command(id="b", target=None))
    audit.write(a_command(id="a", outcome="failed", detail="refused", seconds=2.0))
    assert read(path)[1].outcome == "asked"  # we are still at it
    audit.close()
    with path.open("ab") as file:
        file.write(b'\n[]\n"x"\n\xff\xfe\n{"time":5}\n{"time":"2027-01-15T08:00:00Z","id":"c","action":"x",')
        file.write(b'"outcome":"maybe"}\n{"time":"2027-01-15T08:00:00Z","id":"d","action":"x","outcome":"done"}\n')
    first, second, last = read(path)
    assert (first.id, first.outcome, first.detail, first.seconds) == ("a", "failed", "refused", 2.0)
    assert (first.target, first.at) == (PERCEPTION, 1_800_000_000.25)
    assert (second.id, second.outcome, second.target) == ("b", "unknown", None)
    assert second.detail.startswith(f"{NO_ANSWER}; no write of it had left.")
    assert (last.id, last.outcome) == ("d", "done")


def test_an_absent_log_is_an_empty_one(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == []


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.actions.bench import Bench, PERCEPTION, DEPLOYMENTS, deployment
from spottui.actions.registry import by_id

async def main():
    bench = Bench(Path(sys.argv[1]))
    bench.api.put(f"{DEPLOYMENTS}/perception", deployment())
    def die(method, path):
        if method == "PATCH":
            os.kill(os.getpid(), signal.SIGKILL)
    bench.api.before = die
    await bench.runner.perform(by_id("workload.restart"), PERCEPTION, bench.confirm)

asyncio.run(main())
"""


def test_killed_while_it_sends_the_log_has_the_request_and_calls_it_unknown(tmp_path: Path) -> None:
    root = Path(__file__).parent.parent.parent
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=root, timeout=60)
    assert ended.returncode == -9
    path = tmp_path / "log" / "audit.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["outcome"] for line in lines] == ["asked", "asked"]
    assert lines[0]["request"] is None and lines[1]["request"]["method"] == "PATCH"
    (command,) = read(path)
    assert command.outcome == "unknown"
    assert command.detail == (
        "The program ended before the answer; its only write, PATCH /apis/apps/v1/namespaces/robot/deployments/"
        "perception, may or may not have been done. It was: Restart deployment/perception in namespace robot, "
        "2027-01-15 08:00:00Z."
    )

"""The audit log on a disk that is shared, full, read only or torn, and after programs that were killed."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spottui.actions import audit_file, audit_lock
from spottui.actions.audit import Request
from spottui.actions.audit_chain import MEND, hash_of, row_of
from spottui.actions.audit_file import AuditFile
from spottui.actions.audit_read import read
from spottui.errors import SpottuiError

from .test_audit import a_command, an_audit
from .test_audit_chain import a_log, head_of, lines_of

ROOT = Path(__file__).parent.parent.parent

# -- what comes of itself --------------------------------------------------------------------------------


def test_a_torn_last_line_is_mended_and_loses_no_other(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path, 3)
    whole = path.read_bytes()
    for cut in (1, 40, len(lines_of(path)[2]) - 2):
        torn = whole[: len(whole) - cut]
        path.write_bytes(torn)
        head_of(path).write_text(json.dumps({"count": 2, "hash": hash_of(json.loads(lines_of(path)[1]))}).ljust(127))
        cut_short = AuditFile(path).verify()
        assert cut_short.is_whole and ("was cut off" in cut_short.notes[0] or "behind" in cut_short.notes[0])
        a_log(path, 2)
        assert path.read_bytes().startswith(torn + b"\n")
        assert AuditFile(path).verify().is_whole
        actions = [row["action"] for row in AuditFile(path).rows()]
        assert actions[:2] == ["workload.restart"] * 2 and actions[-2:] == ["workload.restart"] * 2
        assert (MEND in actions) == (cut > 1)  # a line that lacks but its line break is whole


def test_a_mend_that_was_torn_itself_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path, 2)
    head = head_of(path).read_text()
    for _ in range(3):
        with path.open("ab") as file:
            file.write(b'{"n":3,"time":"2027-')
        size = path.stat().st_size
        a_log(path, 1)
        torn = path.read_bytes()[: size + 60]
        path.write_bytes(torn)
        head_of(path).write_text(head)
    a_log(path, 1)
    assert AuditFile(path).verify().is_whole and len(AuditFile(path).rows()) == 4


def test_a_head_file_that_is_behind_is_no_break_and_catches_up(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path, 2)
    head = head_of(path).read_text()
    a_log(path, 3)
    head_of(path).write_text(head)
    found = AuditFile(path).verify()
    assert found.is_whole and found.notes == [
        "The head file is 3 behind: spottui was killed before it could note the last."
    ]
    a_log(path, 1)
    assert AuditFile(path).verify().notes == []


WRITER = """
import sys
from pathlib import Path
from tests.actions.test_audit import a_command, an_audit
audit = an_audit(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(15):
    audit.write(a_command(id=f"{sys.argv[2]}-{number}", outcome="done"))
"""


def test_two_processes_that_write_at_once_keep_the_chain_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    both = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, name], cwd=ROOT, stdin=subprocess.PIPE) for name in "ab"
    ]
    for one in both:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.close()
    assert [one.wait(60) for one in both] == [0, 0]
    found = AuditFile(path).verify()
    assert (found.is_whole, found.chained, found.notes) == (True, 30, [])
    assert {row["id"] for row in AuditFile(path).rows()} == {f"{name}-{i}" for name in "ab" for i in range(15)}


def test_a_lock_that_nobody_lets_go_of_is_said_and_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path, 1)
    monkeypatch.setattr(audit_lock, "LOCK_WITHIN", 0.05)
    descriptor = os.open(path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(SpottuiError, match="another spottui holds it and does not let go"):
            an_audit(path).write(a_command())
    finally:
        os.close(descriptor)


# -- disks that do not take it ------------------------------------------------------------------------------


def test_a_write_that_is_taken_only_in_part_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path, 3)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))  # the kernel takes 20 bytes of the line
    try:
        with pytest.raises(SpottuiError, match=r"only 20 of .* bytes were taken; the disk may be full"):
            an_audit(path).write(a_command())
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), hard))
        with pytest.raises(SpottuiError, match="File too large"):
            an_audit(path).write(a_command())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before and AuditFile(path).verify().is_whole


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_disk_that_fails_leaves_no_line_of_what_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path, 3)
    before = path.read_bytes()

    def fails(*given: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(audit_file.os, call, fails)
    with pytest.raises(SpottuiError, match="cannot be written: No space left on device"):
        an_audit(path).write(a_command())
    monkeypatch.undo()
    assert path.read_bytes() == before and AuditFile(path).verify().is_whole


def test_a_head_file_that_cannot_be_written_refuses_the_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    head_of(path).mkdir()
    with pytest.raises(SpottuiError, match="cannot be written: Is a directory"):
        an_audit(path).write(a_command())
    assert path.read_bytes() == b""


def test_a_full_disk_still_takes_the_note_of_the_last_line(tmp_path: Path) -> None:
    """The head file never grows: its one block is there from the first line on."""
    path = tmp_path / "audit.jsonl"
    sizes = set[int]()
    for _ in range(3):
        a_log(path, 1)
        sizes.add(head_of(path).stat().st_size)
    assert sizes == {128}


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="only root can mount a tiny disk")
def test_on_a_disk_that_is_really_full_or_read_only_nothing_is_written(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        path = disk / "audit.jsonl"
        a_log(path, 3)
        with pytest.raises(OSError, match="No space"), (disk / "full").open("wb") as file:
            file.write(b"x" * (1 << 20))
        audit = an_audit(path)
        with pytest.raises(SpottuiError, match=r"No space left on device|the disk may be full"):
            for number in range(200):
                audit.write(a_command(id=f"x{number}", outcome="done"))
        assert AuditFile(path).verify().is_whole
        assert path.read_bytes().endswith(b"}\n")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        before = path.read_bytes()
        with pytest.raises(SpottuiError, match="cannot be written: Read-only file system"):
            audit.write(a_command())
        assert path.read_bytes() == before
        assert audit.write_ends() == []  # reading what is there is no reason to write
        audit.close()
    finally:
        subprocess.run(["umount", disk], check=True)


# -- commands without an end ---------------------------------------------------------------------------------


def test_a_command_of_a_program_that_ended_is_written_down_as_unknown_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    first = an_audit(path)
    first.write(a_command(id="a", detail="Restart perception"))
    second = an_audit(path)
    assert second.write_ends() == []  # the other spottui still runs
    first.close()
    (ended,) = second.write_ends()
    assert (ended.command.id, ended.command.outcome, ended.context, ended.user) == ("a", "unknown", "spot-07", "ana")
    assert second.write_ends() == []
    assert [row["outcome"] for row in AuditFile(path).rows()] == ["asked", "unknown"]
    assert AuditFile(path).verify().is_whole


def test_the_end_of_a_command_with_a_request_names_what_may_have_been_done(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    first = an_audit(path)
    first.write(a_command(id="a", detail="Drain core"))
    for name in ("p1", "p2"):
        first.write(a_command(id="a", detail="Drain core"), Request("POST", f"/api/v1/pods/{name}/eviction", {"x": 1}))
    first.close()
    (ended,) = an_audit(path).write_ends()
    assert ended.command.detail == (
        "The program ended before the answer; the last of its 2 writes, POST /api/v1/pods/p2/eviction, "
        "may or may not have been done. It was: Drain core, 2027-01-15 08:00:00Z."
    )
    assert AuditFile(path).rows()[-1]["request"]["body"] == {"x": 1}


def test_a_session_whose_log_was_moved_away_still_counts_as_running(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    first = an_audit(path)
    first.write(a_command(id="a"))
    path.rename(tmp_path / "old.jsonl")
    head_of(path).rename(tmp_path / "old.jsonl.head")
    first.write(a_command(id="b"))
    assert AuditFile(tmp_path / "old.jsonl").verify().is_whole and AuditFile(path).verify().is_whole
    assert an_audit(path).write_ends() == []
    first.close()
    assert [one.command.id for one in an_audit(path).write_ends()] == ["b"]


def test_hostile_lines_neither_break_the_reading_nor_reach_the_screen_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    nasty = "\x1b]0;own\x07\u202e[red]x[/red]\n\r\x9b31m"
    row = {"time": "2027-01-15T08:00:00Z", "id": nasty, "action": nasty, "outcome": "asked", "detail": nasty}
    more = {"user": nasty, "host": [nasty], "context": {}, "session": "9-zz", "target": {"kind": nasty}, "request": 7}
    path.write_text(json.dumps({**row, **more}) + "\n" + "[" * 5000 + "\n" + json.dumps({**row, "session": "1" * 5000}))
    for command in read(path):
        shown = f"{command.action}{command.target}{command.detail}"
        assert shown.isprintable()
    assert row_of(b"[" * 100_000) is None
    a_log(path, 1)
    assert AuditFile(path).verify().is_whole

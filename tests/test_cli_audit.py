"""`spottui audit`: what a person reads, what a script reads, and what its exit status says."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from spottui import __main__ as command_line
from spottui.actions.audit import Audit, Request
from spottui.actions.audit_file import AuditFile
from spottui.app_audit import tell_of_those_cut_off
from spottui.clock import parse_time
from spottui.errors import BadConfig, SpottuiError
from spottui.events import CommandHeard, Event, SourceFailed
from spottui.oneshot.audit import show, verdict
from spottui.records import Command, Target
from spottui.store import Store

NOW = parse_time("2027-01-15T08:00:00Z") or 0.0
CAM = Target(kind="Deployment", namespace="robot", name="cam", uid="u-cam")
ASKED = Command(
    id="a1",
    at=NOW,
    action="workload.restart",
    target=CAM,
    outcome="asked",
    detail="Restart deployment/cam in namespace robot",
)
PATCH = Request("PATCH", "/apis/apps/v1/namespaces/robot/deployments/cam", {"spec": 1})


class Clock:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def an_audit(path: Path, clock: Callable[[], float] = lambda: NOW, context: str = "spot-07") -> Audit:
    return Audit(path, user="ana", host="base", ssh_connection="", context=context, clock=clock)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of a day: one done, one failed, one whose spottui was killed."""
    path, clock = tmp_path / "audit.jsonl", Clock()
    audit = an_audit(path, clock)
    audit.write(ASKED)
    audit.write(ASKED, PATCH)
    clock.now += 3
    done = structs.replace(ASKED, outcome="done", detail="cam: restarted, 2 of 2 pods are new.", seconds=3.0)
    audit.write(done, PATCH)
    clock.now += 7200
    second = structs.replace(ASKED, id="a2")
    audit.write(second)
    audit.write(structs.replace(second, outcome="failed", detail="The quota is used up.", seconds=0.4))
    audit.write(structs.replace(ASKED, id="a3"), PATCH)
    audit.close()
    return path


def test_the_log_is_read_as_a_person_reads_it(log: Path) -> None:
    text, warning = show(log, None, as_json=False)
    assert warning == ""
    assert text.splitlines() == [
        "2027-01-15 08:00:00Z  done     ana@base on spot-07: Restart deployment/cam in namespace robot",
        "                               cam: restarted, 2 of 2 pods are new. (3.0 s)",
        "2027-01-15 10:00:03Z  failed   ana@base on spot-07: Restart deployment/cam in namespace robot",
        "                               The quota is used up. (0.4 s)",
        "2027-01-15 10:00:03Z  unknown  ana@base on spot-07: Restart deployment/cam in namespace robot",
        "                               The program ended before the answer; its only write, PATCH "
        "/apis/apps/v1/namespaces/robot/deployments/cam, may or may not have been done. "
        "It was: Restart deployment/cam in namespace robot, 2027-01-15 10:00:03Z.",
    ]


def test_a_script_gets_json(log: Path) -> None:
    whole = json.loads(show(log, None, as_json=True)[0])
    assert [one["outcome"] for one in whole["commands"]] == ["done", "failed", "unknown"]
    first = whole["commands"][0]
    assert (first["asked_at"], first["ended_at"]) == ("2027-01-15T08:00:00Z", "2027-01-15T08:00:03Z")
    assert (first["target"]["name"], first["writes"], first["seconds"]) == ("cam", 1, 3.0)


def test_what_a_running_spottui_is_at_is_running(log: Path) -> None:
    audit = an_audit(log)
    audit.write(structs.replace(ASKED, id="a4"))
    assert "  running  ana@base on spot-07: Restart" in show(log, None, as_json=False)[0]
    assert json.loads(show(log, None, as_json=True)[0])["commands"][-1]["ended_at"] is None
    audit.close()


@pytest.mark.parametrize(
    ("since", "count"), [("1h", 2), ("3h", 3), ("7d", 3), ("2027-01-15T09:00", 2), ("2027-01-16", 0)]
)
def test_since_takes_an_age_or_a_moment(log: Path, since: str, count: int) -> None:
    text, _ = show(log, since, as_json=True, now=lambda: NOW + 7300)
    assert len(json.loads(text)["commands"]) == count
    if not count:
        assert "No command was sent from here since 2027-01-16" in show(log, since, as_json=False)[0]


def test_since_that_is_no_time_is_bad_usage(log: Path) -> None:
    with pytest.raises(BadConfig, match="a time such as 90m"):
        show(log, "yesterday\x1b[31m", as_json=False)


def test_a_whole_log_is_called_whole_and_a_changed_one_broken_with_its_line(log: Path) -> None:
    assert verdict(log, as_json=False) == (f"{log}: whole, 6 lines.", True)
    log.write_bytes(log.read_bytes().replace(b"quota", b"QUOTA"))
    text, is_whole = verdict(log, as_json=False)
    assert not is_whole and text.splitlines()[0] == f"{log}: BROKEN, 6 lines."
    assert text.splitlines()[1].startswith("line 6: does not follow the line before it")
    whole = json.loads(verdict(log, as_json=True)[0])
    assert (whole["whole"], whole["broken"][0]["line"]) == (False, 6)
    assert show(log, None, as_json=False)[1] == "The log is not whole: spottui audit --verify says where."


def test_an_absent_log_and_one_from_before_the_chain_are_said_as_such(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert verdict(path, as_json=False) == (f"{path}: there is no line in it yet.", True)
    path.write_bytes(b'{"time":"2026-01-15T08:00:00Z","id":"o","action":"pod.delete","outcome":"done"}\n')
    text, is_whole = verdict(path, as_json=False)
    assert is_whole and text == f"{path}: 1 line, all from before the chain; the next command begins it."
    assert "pod.delete" in show(path, None, as_json=False)[0]


def test_a_log_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(SpottuiError, match="cannot be read"):
        verdict(tmp_path, as_json=False)


def test_hostile_strings_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path, nasty = tmp_path / "audit.jsonl", "\x1b]0;own\x07\u202e[red]x[/red]\n\x9b31m"
    audit = Audit(path, user=nasty, host=nasty, ssh_connection=nasty, context=nasty, clock=lambda: NOW)
    target = Target(kind=nasty, namespace=nasty, name=nasty, uid=nasty)
    audit.write(Command(id=nasty, at=NOW, action=nasty, target=target, outcome="failed", detail=nasty))
    audit.close()
    for text in (show(path, None, as_json=False)[0], show(path, None, as_json=True)[0]):
        assert all(letter.isprintable() or letter == "\n" for letter in text)


@pytest.mark.parametrize(
    ("words", "status", "out", "err"),
    [
        ((), 0, "done     ana@base on spot-07", ""),
        (("--verify",), 0, ": whole, 6 lines.", ""),
        (("--verify", "--json"), 0, '"whole": true', ""),
        (("--since", "x"), 2, "", "--since: a time such as"),
        (("--nonsense",), 2, "", "No such option"),
    ],
)
def test_the_command_line_says_it_with_its_exit_status(
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    status: int,
    out: str,
    err: str,
) -> None:
    said = run(log.parent, monkeypatch, capsys, "audit", "--file", str(log), *words)
    assert said.status == status and out in said.out and err in said.err


def test_a_broken_log_is_exit_status_1(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_bytes(log.read_bytes()[:-1] + b" \n")
    said = run(log.parent, monkeypatch, capsys, "audit", "--file", str(log), "--verify")
    assert said.status == 1 and "BROKEN" in said.out


class Said(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    """Run the command line in this process, with a home of its own."""
    for name in [name for name in os.environ if name.startswith(("SPOTTUI", "XDG", "KUBE"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    monkeypatch.setattr("spottui.crash.set_up_log", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["spottui", *words])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    out, err = capsys.readouterr()
    return Said(int(ended.value.code or 0), out, err)


# -- the next start -------------------------------------------------------------------------------------


async def test_the_next_start_shows_on_the_timeline_what_was_cut_off_on_this_cluster(log: Path) -> None:
    other = an_audit(log, context="spot-08")
    other.write(structs.replace(ASKED, id="b1"))
    other.close()
    store, heard = Store(), list[Event]()
    audit = an_audit(log, lambda: NOW + 9000)
    await tell_of_those_cut_off(audit, heard.append, lambda: NOW)
    for event in heard:
        store.apply(event)
    (line,) = list(store.timeline)
    assert isinstance(heard[0], CommandHeard) and heard[0].command.id == "a3"
    assert line.text.startswith("workload.restart unknown: The program ended before the answer; its only write, PATCH")
    assert (line.tone, line.what, line.target and line.target.name) == ("warn", "command", "cam")
    rows = AuditFile(log).rows()
    assert [(row["id"], row["outcome"]) for row in rows[-2:]] == [("a3", "unknown"), ("b1", "unknown")]
    await tell_of_those_cut_off(audit, heard.append, lambda: NOW)
    assert len(heard) == 1
    audit.close()


async def test_a_log_that_cannot_be_read_at_the_start_is_said(tmp_path: Path) -> None:
    heard = list[Event]()
    audit = an_audit(tmp_path)
    await tell_of_those_cut_off(audit, heard.append, lambda: NOW)
    (failed,) = heard
    assert isinstance(failed, SourceFailed) and failed.reason.endswith("So no command can be sent.")
    audit.close()

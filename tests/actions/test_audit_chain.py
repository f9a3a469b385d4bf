"""The chain of the audit log: what was done to it is seen, what came of itself is mended."""

from __future__ import annotations

import itertools
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spottui.actions.audit import Audit
from spottui.actions.audit_chain import GAP, Head, hash_of, verify
from spottui.actions.audit_file import AuditFile
from spottui.actions.audit_read import read

from .test_audit import a_command, an_audit

ROOT = Path(__file__).parent.parent.parent
OLD = b'{"time":"2026-01-15T08:00:00Z","id":"old","action":"pod.delete","outcome":"done"}\n'


def a_log(path: Path, count: int = 6) -> Audit:
    """Write a log of so many lines, and close it."""
    audit = an_audit(path)
    for number in range(count):
        audit.write(a_command(id=str(number), detail=f"command {number}", outcome="done"))
    audit.close()
    return audit


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def breaks(path: Path) -> list[tuple[int, str]]:
    return [(one.line, one.what) for one in AuditFile(path).verify().broken]


def head_of(path: Path) -> Path:
    return AuditFile(path).head_path


# -- whole ----------------------------------------------------------------------------------------------


def test_each_line_holds_the_hash_of_the_line_before_over_its_canonical_json(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path)
    rows = [json.loads(line) for line in lines_of(path)]
    assert [row["n"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert all(after["prev"] == hash_of(before) for before, after in itertools.pairwise(rows))
    shuffled = dict(reversed(rows[0].items()))
    assert hash_of(shuffled) == rows[1]["prev"]  # canonical: the order of the names does not matter
    assert json.loads(head_of(path).read_text()) == {"count": 6, "hash": hash_of(rows[-1])}
    assert stat.S_IMODE(head_of(path).stat().st_mode) == 0o600
    found = AuditFile(path).verify()
    assert (found.is_whole, found.lines, found.chained, found.before_chain, found.notes) == (True, 6, 6, 0, [])


def test_a_log_from_before_the_chain_is_accepted_as_such_and_sealed(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(OLD * 3 + b'{"time":"2026-01-15T08:00:')  # the power went
    assert AuditFile(path).verify().is_whole
    a_log(path, 2)
    found = AuditFile(path).verify()
    assert (found.is_whole, found.before_chain, found.chained) == (True, 4, 2)
    assert [command.id for command in read(path)] == ["old", "0", "1"]
    path.write_bytes(path.read_bytes().replace(b"pod.delete", b"pod.reveal", 1))
    assert breaks(path) == [
        (5, "what stood before it was changed: lines from before the chain are not as it sealed them")
    ]


def test_an_absent_log_is_whole(tmp_path: Path) -> None:
    assert AuditFile(tmp_path / "none.jsonl").verify().is_whole


# -- tampering ------------------------------------------------------------------------------------------


def _edited(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[2].replace(b"command 2", b"command X"), *lines[3:]]


TAMPERED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], list[tuple[int, str]]]] = {
    "changed": (
        _edited,
        [(4, "does not follow the line before it: one of the two was changed after it was written")],
    ),
    "respaced": (
        lambda lines: [*lines[:2], lines[2].replace(b'":', b'": ', 1), *lines[3:]],
        [(3, "was changed after it was written: spottui writes it otherwise")],
    ),
    "with a name twice": (
        lambda lines: [*lines[:2], lines[2].replace(b'{"n":3', b'{"n":9,"n":3'), *lines[3:]],
        [(3, "was changed after it was written: spottui writes it otherwise")],
    ),
    "taken out": (lambda lines: lines[:2] + lines[3:], [(3, "1 line is missing before it")]),
    "taken off the front": (lambda lines: lines[2:], [(1, "2 lines are missing before it")]),
    "copied": (
        lambda lines: [*lines[:3], lines[1], *lines[3:]],
        [
            (4, "is number 2 of the chain where 4 belongs: copied, or moved"),
            (5, "1 line is missing before it"),
        ],
    ),
    "put in": (
        lambda lines: [*lines[:3], OLD, *lines[3:]],
        [(4, "is no line of the chain: something else wrote it")],
    ),
    "turned into junk": (
        lambda lines: [*lines[:2], b"#" + lines[2], *lines[3:]],
        [
            (3, "is no line of the log, and none that was cut off while it was written"),
            (4, "1 line is missing before it"),
        ],
    ),
    "cut off at the end": (lambda lines: lines[:4], [(5, "2 lines are missing at the end")]),
    "the last one changed": (
        lambda lines: [*lines[:5], lines[5].replace(b"command 5", b"command X")],
        [(6, "was changed after it was written: the head file has another hash of it")],
    ),
    "emptied": (lambda lines: [], [(1, "6 lines are missing: all that the head file knows of")]),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_seen_and_its_line_is_named(tmp_path: Path, how: str) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path)
    do, expected = TAMPERED[how]
    path.write_bytes(b"".join(do(lines_of(path))))
    found = breaks(path)
    assert found[: len(expected)] == expected if how == "copied" else found == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_of_any_byte_goes_unseen(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "audit.jsonl"
    if not path.exists():
        a_log(path, 4)
    text = path.read_bytes()
    head = json.loads(head_of(path).read_text())
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    changed = text[:at] + bytes([byte]) + text[at + 1 :]
    *lines, rest = changed.split(b"\n")
    assert not verify(lines, Head(head["count"], head["hash"]), is_cut=bool(rest)).is_whole


def test_a_head_file_that_was_taken_away_is_said(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path)
    head_of(path).unlink()
    ((line, what),) = breaks(path)
    assert line == 7 and "head file is missing" in what
    for junk in ("", "{", '{"count":"6"}', "[]"):
        head_of(path).write_text(junk)
        assert len(breaks(path)) == 1


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (lambda path: path.write_bytes(b"".join(lines_of(path)[:4])), "2 lines of the log are missing here"),
        (lambda path: path.unlink(), "6 lines of the log are missing here"),
        (lambda path: head_of(path).unlink(), "its head file was taken away"),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b"command 5", b"command X")),
            "the line before this one was changed after it was written",
        ),
    ],
)
def test_the_next_command_does_not_wash_the_traces_away(tmp_path: Path, harm: Callable[[Path], Any], word: str) -> None:
    path = tmp_path / "audit.jsonl"
    a_log(path)
    harm(path)
    a_log(path, 2)
    assert [row["action"] for row in AuditFile(path).rows()][-3:] == [GAP, "workload.restart", "workload.restart"]
    found = breaks(path)
    assert len(found) == 1 and found[0][1].startswith(word)
    assert [command.id for command in read(path)][-2:] == ["0", "1"] or read(path)[-1].id == "audit"


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_can_be_looked_at(text: bytes) -> None:
    *lines, rest = text.split(b"\n")
    verify(lines, None, is_cut=bool(rest))
    verify(lines, Head(3, "x"), is_cut=bool(rest))

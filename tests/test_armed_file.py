"""The file of armed syncs: whole or not at all, its owner's alone, and no crash leaves its locks held."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spottui import armed_file, private_file
from spottui.armed_file import KEPT_ENDED, ArmedFile, remembered
from spottui.errors import SpottuiError
from spottui.records_armed import ArmedSync, Conditions

NOW = 1_800_000_000.0


def entry(number: int = 1, **fields: Any) -> ArmedSync:
    known = {
        "id": f"{number:032x}",
        "namespace": "argocd",
        "name": f"app-{number}",
        "uid": f"u-{number}",
        "cluster": "c-1",
        "server": "https://robot",
        "context": "spot-07",
        "armed_at": NOW + number,
        "armed_by": "ana@base",
        "expires_at": NOW + 3600,
    }
    return ArmedSync(**{**known, **fields})


def a_file(folder: Path, cluster: str = "c-1") -> ArmedFile:
    return ArmedFile(folder / "armed", cluster, lambda: NOW)


def test_what_was_kept_is_read_back_as_it_was(tmp_path: Path) -> None:
    one = entry(conditions=Conditions(link_up=None, charge=40.0), revision="v1", result="ä: “no”", sent_at=NOW)
    a_file(tmp_path).change(lambda entries: (*entries, one))
    kept = a_file(tmp_path).read()
    assert kept.entries == (one,) and kept.problem == ""


def test_what_other_hands_wrote_into_the_file_obeys_no_terminal(tmp_path: Path) -> None:
    bad = "a\x1b[2J\x1b]0;title\x07\u202eb\nc"
    texts = ("name", "namespace", "uid", "revision", "result", "armed_by", "owner", "last_error_class")
    a_file(tmp_path).change(lambda entries: (entry(**dict.fromkeys(texts, bad)),))
    (kept,) = a_file(tmp_path).read().entries
    assert {getattr(kept, name) for name in texts} == {"ab ⏎ c"}
    assert remembered(tmp_path / "armed", "https://robot", "spot-07") == (kept,)


def test_nothing_kept_is_no_trouble(tmp_path: Path) -> None:
    assert a_file(tmp_path).read().entries == ()


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.change(lambda entries: (entry(),))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"version": 1}', b"\xff\xfe", b'{"version": "x"}', b"null"])
def test_what_cannot_be_understood_is_set_aside_and_said(tmp_path: Path, text: bytes) -> None:
    file = a_file(tmp_path)
    file.change(lambda entries: (entry(),))
    file.path.write_bytes(text)
    kept = file.read()
    assert kept.entries == () and "set aside" in kept.problem and "Nothing in it is armed" in kept.problem
    (aside,) = tmp_path.glob("armed/*.broken-*")
    assert aside.read_bytes() == text
    file.change(lambda entries: (*entries, entry(2)))
    assert [one.name for one in file.read().entries] == ["app-2"]


def test_a_newer_programs_file_is_left_alone(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.change(lambda entries: (entry(),))
    text = file.path.read_bytes().replace(b'"version": 1', b'"version": 2')
    file.path.write_bytes(text)
    with pytest.raises(SpottuiError, match="newer spottui"):
        file.change(lambda entries: ())
    assert file.path.read_bytes() == text


def test_a_file_of_another_cluster_is_not_taken(tmp_path: Path) -> None:
    a_file(tmp_path).change(lambda entries: (entry(),))
    other = a_file(tmp_path, "c-2")
    other.path.write_bytes(a_file(tmp_path).path.read_bytes())
    assert other.read().entries == ()


def test_what_an_edit_raises_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.change(lambda entries: (entry(),))

    def refuse(entries: Any) -> Any:
        raise SpottuiError("no")

    with pytest.raises(SpottuiError, match="no"):
        file.change(refuse)
    assert len(file.read().entries) == 1


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file(tmp_path)
    file.change(lambda entries: (entry(),))

    def full(descriptor: int, text: bytes) -> None:
        os.write(descriptor, text[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(private_file, "write_all", full)
        with pytest.raises(SpottuiError, match="No space left on device"):
            file.change(lambda entries: (*entries, entry(2)))
    assert [one.name for one in file.read().entries] == ["app-1"]
    assert not list(tmp_path.glob("armed/.*"))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "armed").write_text("a file where the folder should be")
    with pytest.raises(SpottuiError, match="cannot be locked"):
        a_file(tmp_path).change(lambda entries: (entry(),))


def test_changes_of_many_at_once_are_all_kept(tmp_path: Path) -> None:
    def add(number: int) -> None:
        a_file(tmp_path).change(lambda entries: (*entries, entry(number)))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(a_file(tmp_path).read().entries) == 8


def test_another_that_does_not_let_go_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(armed_file, "LOCK_WITHIN", 0.05)
    file, other = a_file(tmp_path), a_file(tmp_path)
    with file._changing(), pytest.raises(SpottuiError, match="does not let go"):
        other.change(lambda entries: (entry(),))


def test_only_one_may_release_and_a_dead_one_lets_go(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        claim = a_file(tmp_path).claim()
        os.write(writing, b"y" if claim is not None else b"n")
        while True:
            threading.Event().wait()
    assert os.read(reading, 1) == b"y"
    assert file.claim() is None
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    claim = file.claim()
    assert claim is not None and a_file(tmp_path).claim() is None
    claim.let_go()
    again = file.claim()
    assert again is not None
    again.let_go()


def test_ended_ones_are_trimmed_but_never_what_is_open_or_unseen(tmp_path: Path) -> None:
    seen = [entry(number, state="done", ended_at=NOW + number, seen=True) for number in range(KEPT_ENDED + 5)]
    kept = [
        entry(100),
        entry(101, state="running"),
        entry(102, state="failed", ended_at=NOW),
        entry(103, state="unknown"),
    ]
    entries = a_file(tmp_path).change(lambda _: (*seen, *kept)).entries
    assert len(entries) == KEPT_ENDED + 4
    assert entries[0].name == "app-5" and entries[-4:] == tuple(kept)


def test_what_is_armed_for_a_silent_cluster_is_remembered_by_its_address(tmp_path: Path) -> None:
    a_file(tmp_path).change(lambda entries: (entry(), entry(2, server="https://other")))
    (tmp_path / "armed" / "armed-broken.json").write_text("{")
    found = remembered(tmp_path / "armed", "https://robot", "spot-07")
    assert [one.name for one in found] == ["app-1"]


@pytest.mark.parametrize("cluster", ["../../etc/passwd", "at https://robot:6443", "ü", "x" * 300])
def test_a_clusters_name_leads_nowhere_else(tmp_path: Path, cluster: str) -> None:
    file = a_file(tmp_path, cluster)
    file.change(lambda entries: (entry(cluster=cluster),))
    assert file.path.parent == tmp_path / "armed" and len(file.path.name) < 80


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(name=st.text(max_size=30), state=st.sampled_from(["waiting", "running", "failed"]), sent=st.floats(0, 1e12))
def test_any_entry_survives_the_disk(name: str, state: Any, sent: float) -> None:
    one = replace(entry(), name=name, state=state, sent_at=sent, result=name)
    assert msgspec.json.decode(msgspec.json.encode(one), type=ArmedSync) == one

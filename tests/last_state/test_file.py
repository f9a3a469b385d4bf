"""The last state on the disk: what was heard comes back whole, and whatever else lies there is dropped with a word."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spottui import app_last_state_file, private_file
from spottui.app_last_state_file import (
    FORMAT,
    Broken,
    LastStateFile,
    packed,
    remove_old,
    unpacked,
)
from spottui.errors import SpottuiError
from spottui.events import Event, ListEnded, ObjectsHeard, ObjectsRecalled
from spottui.records import Container, KubeEvent, Meta, Pod
from spottui.store import Store
from spottui.store_kinds import KINDS
from spottui.store_last_state import RECORDS, Page, page, seen
from tests.last_state.drawn import NOW, stores

BUSY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def a_file(folder: Path, context: str = "spot-07", identity: str = "abc") -> LastStateFile:
    return LastStateFile(folder, context, identity)


def a_pod(name: str, message: str = "", **fields: Any) -> Pod:
    container = Container(name="main", image="img:1", state="waiting", reason="CrashLoopBackOff", message=message)
    return Pod(uid=f"u-{name}", name=name, namespace="robot", created_at=NOW, containers=(container,), **fields)


def a_store(*records: Meta, kind: str = "pods", at: float = NOW) -> Store:
    store = Store()
    store.apply(ObjectsHeard(kind, records, (), at))
    store.apply(ListEnded(kind, frozenset(one.uid for one in records), at))
    return store


def write(file: LastStateFile, store: Store, now: float = NOW) -> Page:
    made = page(store, "spot-07", now)
    file.write(made, store)
    return made


def back(file: LastStateFile) -> Store:
    found = file.read()
    assert found is not None
    return recalled(unpacked(found))


def recalled(events: Iterable[Event]) -> Store:
    store = Store()
    for event in events:
        store.apply(event)
    return store


@BUSY
@given(store=stores())
def test_every_record_that_is_kept_comes_back_as_it_was(store: Store, tmp_path: Path) -> None:
    opened = app_last_state_file._opened(packed(page(store, "spot-07", NOW), store))
    assert opened.page == page(store, "spot-07", NOW)
    again = recalled(unpacked(opened))
    for kind in KINDS:
        assert again.objects(kind) == store.objects(kind)
        if store.objects(kind):
            assert (again.access[kind].state, again.access[kind].heard_at) == ("stale", store.access[kind].heard_at)
    assert (again.node_usage, again.pod_usage) == (store.node_usage, store.pod_usage)
    assert again.usage_heard_at == store.usage_heard_at


def test_every_kind_that_is_always_read_is_kept() -> None:
    assert set(RECORDS) == set(KINDS)


# -- damage --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def content() -> bytes:
    store = a_store(*(a_pod(f"cam-{number}", "back-off") for number in range(30)))
    return packed(page(store, "spot-07", NOW), store)


def dropped(folder: Path, content: bytes) -> str:
    file = a_file(folder)
    file.path.unlink(missing_ok=True)
    os.close(os.open(file.path, os.O_CREAT | os.O_WRONLY, 0o600))
    file.path.write_bytes(content)
    with pytest.raises(Broken) as caught:
        file.read()
    return str(caught.value)


@BUSY
@given(data=st.data())
def test_a_file_that_was_cut_anywhere_is_dropped_with_a_word(
    content: bytes, data: st.DataObject, tmp_path: Path
) -> None:
    at = data.draw(st.integers(0, len(content) - 1))
    said = dropped(tmp_path, content[:at])
    assert said.startswith("The last state was dropped: ")


@BUSY
@given(data=st.data())
def test_a_file_with_any_bit_flipped_is_dropped_with_a_word(
    content: bytes, data: st.DataObject, tmp_path: Path
) -> None:
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    said = dropped(tmp_path, bytes(changed))
    assert said.startswith("The last state was dropped: ")


@BUSY
@given(garbage=st.binary(max_size=300))
def test_garbage_is_dropped_with_a_word(garbage: bytes, tmp_path: Path) -> None:
    assert dropped(tmp_path, garbage).startswith("The last state was dropped: ")


@pytest.mark.parametrize("number", [FORMAT - 1, FORMAT + 1, 10 * FORMAT, 999])
def test_an_older_and_a_newer_format_are_dropped(content: bytes, number: int, tmp_path: Path) -> None:
    head, _, rest = content.partition(b"\n")
    other = head.replace(b"%d" % FORMAT, b"%d" % number)
    assert "another version of spottui wrote it" in dropped(tmp_path, other + b"\n" + rest)


def test_records_that_this_version_does_not_know_are_dropped_in_a_whole_file(tmp_path: Path) -> None:
    store = a_store(a_pod("cam"))
    file = a_file(tmp_path)
    write(file, store)
    found = file.read()
    assert found is not None
    import zlib

    odd = zlib.compress(b'{"kind":"pods","heard_at":1,"records":[{"uid":3}]}\n')
    with pytest.raises(Broken, match="cannot be understood"):
        list(unpacked(msgspec.structs.replace(found, packed=odd)))
    endless = zlib.compress(b"a" * 100)[:-5]
    with pytest.raises(Broken, match="does not end"):
        list(unpacked(msgspec.structs.replace(found, packed=endless)))


def test_a_file_that_unfolds_to_too_much_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file(tmp_path)
    write(file, a_store(*(a_pod(f"cam-{number}") for number in range(50))))
    found = file.read()
    assert found is not None
    monkeypatch.setattr(app_last_state_file, "LARGEST_INSIDE", 1000)
    with pytest.raises(Broken, match="does not end"):
        list(unpacked(found))


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\x07", "\r", "\t", "a\u202eb", "\x9b31m", "\u2066", "\x7f", "\ufeff", "\U000e0041"]
)
def test_what_steers_a_terminal_does_not_get_out_of_a_file_that_was_tampered_with(text: str, tmp_path: Path) -> None:
    store = a_store(a_pod("cam", f"x{text}y"))
    content = packed(page(Store(), "spot-07", NOW), store)
    with pytest.raises(Broken, match="holds what spottui does not write"):
        list(unpacked(app_last_state_file._opened(content)))
    with pytest.raises(private_file.Unfit):
        app_last_state_file._opened(packed(page(Store(), f"spot{text}", NOW), Store()))


# -- whose file it is ----------------------------------------------------------------------------------


def test_it_is_its_owners_alone_and_so_is_its_folder(tmp_path: Path) -> None:
    file = a_file(tmp_path / "cache" / "spottui")
    os.umask(os.umask(0o022))
    write(file, a_store(a_pod("cam")))
    for made in (file.path.parent, *file.path.parent.iterdir()):
        assert stat.S_IMODE(made.stat().st_mode) == (0o700 if made.is_dir() else 0o600)
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_one_that_others_may_use_is_dropped(mode: int, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    write(file, a_store(a_pod("cam")))
    file.path.chmod(mode)
    with pytest.raises(Broken, match=f"others may use it .mode {mode:04o}"):
        file.read()
    write(file, a_store(a_pod("cam"), at=NOW + 1), NOW + 2)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600 and back(file).pods


def test_one_that_belongs_to_another_user_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file(tmp_path)
    write(file, a_store(a_pod("cam")))
    monkeypatch.setattr(private_file.os, "geteuid", lambda: 4711)
    with pytest.raises(Broken, match="belongs to another user"):
        file.read()


def test_a_link_is_neither_followed_nor_written_through(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    write(file, a_store(a_pod("cam")))
    elsewhere = tmp_path / "elsewhere"
    file.path.rename(elsewhere)
    file.path.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    with pytest.raises(Broken, match="it is a link"):
        file.read()
    write(file, a_store(a_pod("other"), at=NOW + 1), NOW + 2)
    assert not file.path.is_symlink() and elsewhere.read_bytes() == before


def test_a_pipe_and_a_folder_in_its_place_are_dropped_without_waiting(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    os.mkfifo(file.path, 0o600)
    with pytest.raises(Broken, match="no plain file"):
        file.read()
    file.path.unlink()
    file.path.mkdir()
    with pytest.raises(Broken, match="no plain file"):
        file.read()


def test_one_that_is_too_large_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file(tmp_path)
    write(file, a_store(a_pod("cam")))
    monkeypatch.setattr(app_last_state_file, "LARGEST", 100)
    with pytest.raises(Broken, match="larger than"):
        file.read()


# -- writing -------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_state_before_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file(tmp_path)
    write(file, a_store(a_pod("cam")))

    def full(descriptor: int, content: bytes) -> None:
        os.write(descriptor, content[:20])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(private_file, "write_all", full)
        with pytest.raises(SpottuiError, match="cannot be written: No space left"):
            write(file, a_store(a_pod("other"), at=NOW + 1), NOW + 2)
    assert [pod.name for pod in back(file).pods.values()] == ["cam"]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lock", ".state"]


def test_an_older_state_does_not_replace_a_newer_one_of_another_spottui(tmp_path: Path) -> None:
    write(a_file(tmp_path), a_store(a_pod("newer"), at=NOW), NOW)
    write(a_file(tmp_path), a_store(a_pod("older"), at=NOW - 100), NOW + 5)
    assert [pod.name for pod in back(a_file(tmp_path)).pods.values()] == ["newer"]


def test_a_state_of_a_clock_that_was_ahead_is_replaced(tmp_path: Path) -> None:
    write(a_file(tmp_path), a_store(a_pod("ahead"), at=NOW + 86400), NOW + 86400)
    write(a_file(tmp_path), a_store(a_pod("now"), at=NOW), NOW)
    assert [pod.name for pod in back(a_file(tmp_path)).pods.values()] == ["now"]


def test_only_so_many_objects_are_kept_and_pods_are_left_out_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_last_state_file, "MOST_OBJECTS", 25)
    store = a_store(*(a_pod(f"cam-{number}") for number in range(40)))
    workloads = [Meta(uid=f"n{number}", name="n", namespace="", created_at=None) for number in range(10)]
    namespaces = [msgspec.convert(msgspec.to_builtins(one), RECORDS["namespaces"]) for one in workloads]
    store.apply(ObjectsHeard("namespaces", tuple(namespaces), (), NOW))
    store.apply(ListEnded("namespaces", frozenset(one.uid for one in namespaces), NOW))
    write(a_file(tmp_path), store)
    again = back(a_file(tmp_path))
    assert (len(again.namespaces), len(again.pods)) == (10, 15)
    assert again.access["pods"].reason.startswith("25 more pods were not kept.")


def test_each_cluster_has_a_file_of_its_own(tmp_path: Path) -> None:
    files = {a_file(tmp_path, context, who).path for context in ("a/b", "a-b", "../../x", "") for who in ("one", "two")}
    assert len(files) == 8 and all(path.parent == tmp_path and len(path.name) < 80 for path in files)


def test_the_last_states_of_forgotten_clusters_go(tmp_path: Path) -> None:
    files = [a_file(tmp_path, f"spot-{number}").path for number in range(app_last_state_file.FILES_KEPT + 4)]
    for number, path in enumerate(files):
        path.touch()
        path.with_suffix(".lock").touch()
        os.utime(path, (NOW + number, NOW + number))
    too_old = NOW - app_last_state_file.KEPT_FOR
    os.utime(files[-3], (too_old, too_old))
    remove_old(tmp_path, files[0])
    # The 20 newest, the one that was just written, and not the one that is too old.
    assert set(tmp_path.glob("*.state")) == {files[0], *files[4:]} - {files[-3]} | {files[3]}
    assert {path.stem for path in tmp_path.glob("*.lock")} == {path.stem for path in tmp_path.glob("*.state")}


# -- secrets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("login failed: password=hunter2 for ana", "login failed: password=*** for ana"),
        ("Bearer hunter2-abc was refused", "Bearer *** was refused"),
        ('env {"API_KEY": "hunter2"}', 'env {"API_KEY": ***}'),
        ("cannot pull https://ana:hunter2@registry/x", "cannot pull https://***@registry/x"),
        ("exit code 3, nothing to hide", "exit code 3, nothing to hide"),
    ],
)
def test_what_looks_like_a_secret_in_a_message_does_not_get_to_the_disk(message: str, kept: str) -> None:
    event = KubeEvent(
        uid="e",
        name="e",
        namespace="robot",
        created_at=NOW,
        type="Warning",
        reason="Failed",
        message=message,
        object_kind="Pod",
        object_name="cam",
    )
    for kind, record in (("events", event), ("pods", a_pod("cam", message))):
        store = seen(a_store(record, kind=kind))
        content = packed(page(store, "spot-07", NOW), store)
        again = recalled(unpacked(app_last_state_file._opened(content)))
        (found,) = again.objects(kind).values()
        text = found.message if isinstance(found, KubeEvent) else found.containers[0].message  # type: ignore[attr-defined]
        assert "hunter2" not in text
        assert text == kept


def test_nothing_of_what_is_read_on_demand_is_kept(tmp_path: Path) -> None:
    store = a_store(a_pod("cam"))
    for kind in ("secrets", "configmaps"):
        store.apply(ObjectsHeard(kind, (Meta(uid=kind, name="hunter2", namespace="robot", created_at=NOW),), (), NOW))
    write(a_file(tmp_path), seen(store))
    found = a_file(tmp_path).read()
    assert found is not None
    events = list(unpacked(found))
    assert {event.kind for event in events if isinstance(event, ObjectsRecalled)} == {"pods"}
    assert "hunter2" not in str(events)

"""What every other source reads, each text in it nasty: robot, radios, GPUs, probes, Argo CD's server, files."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings

from spottui.actions.audit_read import entries_of
from spottui.actions.objects import parsed, path_of, segment
from spottui.app_timeline_file import TimelineFile
from spottui.config import load
from spottui.errors import BadConfig, SpottuiError
from spottui.records import Target
from spottui.records_timeline import TimelineEntry
from spottui.settings_text import effective
from spottui.sources import kube_errors
from spottui.sources.argocd import _event
from spottui.sources.argocd_api import refused
from spottui.sources.argocd_facts import _nodes
from spottui.sources.host import read_host
from spottui.sources.kubeconfig import contexts, find_cluster
from spottui.sources.probe_targets import registry_of

from .corpus import CORPUS, NAMES, SURROGATES, nasty, texts_of, unsafe
from .field import hostile_robot
from .objects import real_objects, wholly_spoiled
from .readings import own_readings, reply_of

PLACE: Any = SimpleNamespace(server="https://192.0.2.1", user="ana", __str__=lambda: "field")
TEXTS = [text for text in CORPUS.values() if text]


def assert_clean(value: Any) -> None:
    for path, text in texts_of(value):
        assert not unsafe(text), f"{path}: {text!r:.200} has {unsafe(text)}"


def assert_sentence(error: BaseException) -> None:
    assert isinstance(error, SpottuiError), repr(error)
    assert not unsafe(str(error), breaks="\n"), str(error)


@pytest.mark.parametrize("seed", range(1, 5))
async def test_a_robot_whose_every_word_is_nasty(seed: int) -> None:
    robot = await hostile_robot(seed)
    assert robot.faults and robot.services and robot.payloads
    assert_clean(robot)


@pytest.mark.parametrize("seed", range(len(TEXTS) // 5))
def test_radios_modems_gpus_probes_and_this_computer(seed: int) -> None:
    for event in own_readings(seed, 0.0):
        assert_clean(event)


def test_a_process_that_gave_itself_a_nasty_name() -> None:
    """A real one, of the kernel's own making."""
    name = "\x1b[31mx\x9b2J\x07"
    code = (
        f"import ctypes\nctypes.CDLL(None).prctl(15, {name.encode()!r}, 0, 0, 0)\nprint(1, flush=True)\nwhile 1: pass"
    )
    if sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "prctl"):
        pytest.skip("prctl is Linux's")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None and process.stdout.readline()
            read_host(time.time)
            time.sleep(0.2)  # what it used in between is what makes it one of the busiest
            host = read_host(time.time)
        finally:
            process.kill()
    assert_clean(host)


@pytest.mark.parametrize("name", NAMES)
def test_what_servers_say_when_they_refuse(name: str) -> None:
    text = CORPUS[name]
    for body in (
        text.encode(),
        json.dumps({"message": text, "reason": text}).encode(),
        b'{"message":"\xff\xfe' + text.encode(),
    ):
        for code in (400, 401, 403, 404, 409, 422, 429, 500, 503):
            assert_sentence(kube_errors.from_status(code, text, body, PLACE, login="ana"))
    for status, code in ((400, 3), (403, 7), (404, 5), (500, 13)):
        from spottui.sources.text import clean

        assert_sentence(refused("https://argo.example", status, code, clean(text, 600)))
    assert reply_of(text).startswith(b"HTTP/1.1 302")


@pytest.mark.parametrize(
    "body", [b'"\xff"', b"[" * 100_000, b'{"a":' * 5000, b"\x00", b"", b'"\\ud800"', "\u2028".encode()]
)
def test_an_answer_that_is_no_json_is_a_sentence(body: bytes) -> None:
    with pytest.raises(SpottuiError) as caught:
        parsed(body, "/api/v1/pods")
    assert_sentence(caught.value)
    assert_sentence(kube_errors.from_status(500, "application/json", body, PLACE, login="ana"))
    with pytest.raises(SpottuiError):
        _event(body, "https://argo.example")
    with pytest.raises(SpottuiError):
        _nodes(body)


@pytest.mark.parametrize("seed", range(4))
def test_applications_on_argo_cds_own_road(seed: int) -> None:
    texts = iter(TEXTS[seed:] + TEXTS * 300)
    for found in real_objects()["applications"]:
        line = {"result": {"type": "MODIFIED", "application": wholly_spoiled(found, texts)}}
        heard = _event(json.dumps(line).encode(), "https://argo.example")
        assert heard.record is not None
        assert_clean(heard.record)


@pytest.mark.parametrize("name", ["", ".", "..", "../../secrets/x", "a/b", "a%2fb", "..%2f"])
def test_a_name_that_leads_elsewhere_is_not_sent(name: str) -> None:
    """An Application lists what somebody wrote: DELETE on "pods/" would be all pods of the namespace."""
    with pytest.raises(SpottuiError, match="no name that an object can have"):
        path_of(Target(kind="Pod", namespace="robot", name=name, uid="u"))
    if name:
        with pytest.raises(SpottuiError):
            path_of(Target(kind="Pod", namespace=name, name="x", uid="u"))


@given(nasty)
def test_a_name_stays_one_piece_of_a_path(name: str) -> None:
    try:
        piece = segment(name)
    except SpottuiError:
        return
    assert piece.isascii() and not set(piece) & set("/?# \r\n\\")


def test_a_name_that_rbac_allows_is_left_alone() -> None:
    assert segment("system:node:a.b-c") == "system:node:a.b-c"


@pytest.mark.parametrize("name", NAMES)
def test_a_kubeconfig_whose_names_are_nasty(tmp_path: Path, name: str) -> None:
    text = CORPUS[name] or "x"
    cluster = {"name": text, "cluster": {"server": "https://192.0.2.1"}}
    context = {"name": text, "context": {"cluster": text, "user": text, "namespace": text}}
    config = {"apiVersion": "v1", "kind": "Config", "current-context": text}
    users = [{"name": text, "user": {"token": "t"}}]
    path = tmp_path / "config"
    path.write_text(json.dumps({**config, "clusters": [cluster], "contexts": [context], "users": users}))
    for wanted in (None, text, "another"):
        try:
            place = find_cluster(flag=path, environ={}, home=tmp_path, context=wanted, namespace=None)
        except SpottuiError as error:
            assert_sentence(error)
        else:
            assert not unsafe(str(place)) and not any(unsafe(one) for one in contexts(place))


@pytest.mark.parametrize("name", NAMES)
def test_a_settings_file_whose_values_are_nasty(tmp_path: Path, name: str) -> None:
    written = json.dumps(CORPUS[name]).replace("\\u007f", "\\u007F")
    for line in (
        f"[ui]\ntheme = {written}",
        f"[cluster]\ncontext = {written}",
        f"[{written}]\nx = 1",
        f"[keys]\n{written} = {written}",
    ):
        path = tmp_path / "config.toml"
        path.write_text(line, encoding="utf-8")
        try:
            shown = effective(load(environ={}, home=tmp_path, folder=tmp_path, config_file=path))
        except BadConfig as error:
            assert_sentence(error)
        else:
            assert all(one.isprintable() for one in shown.replace("\n", "")), "as TOML, which has escapes for the rest"


@pytest.mark.parametrize("name", NAMES)
def test_an_audit_file_that_somebody_wrote_into(name: str) -> None:
    text = CORPUS[name]
    target = {"kind": text, "namespace": text, "name": text, "uid": text}
    row = {
        "time": "2026-11-24T05:00:00Z",
        "id": "i",
        "action": text,
        "outcome": "failed",
        "target": target,
        "detail": text,
    }
    rows = [row | {"user": text, "host": text, "context": text, "request": {"method": text, "path": text}}]
    found = entries_of(rows)
    assert len(found) == 1
    assert_clean(
        [found[0].command.action, found[0].command.detail, found[0].command.target, found[0].user, found[0].request]
    )


@pytest.mark.parametrize("name", [*NAMES, *SURROGATES])
def test_a_timeline_file_that_somebody_wrote_into(tmp_path: Path, name: str) -> None:
    text = {**CORPUS, **SURROGATES}[name]
    file = TimelineFile(tmp_path, "field", "https://192.0.2.1", lambda: 1000.0)
    entry = TimelineEntry(
        uid="u",
        at=900.0,
        tone="bad",
        what="pod",
        subject="s",
        text="t",
        target=Target(kind="Pod", namespace="n", name="x", uid="y"),
    )
    file.append([entry])
    line = json.loads(file.path.read_text())
    line |= {
        "subject": text,
        "text": text,
        "what": text,
        "target": dict.fromkeys(("kind", "namespace", "name", "uid"), text),
    }
    file.path.write_text(json.dumps(line) + "\n")
    assert_clean(file.read().entries)


@settings(max_examples=50, deadline=None)
@given(nasty)
def test_whatever_an_image_is_called(image: str) -> None:
    assert isinstance(registry_of(image), str)

"""The kinds that are looked at now and then - services, ConfigMaps, Secrets, claims, events - and their screens."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from spottui.crash import PlainFormatter, record_crash, scrub
from spottui.records import Target
from spottui.screens.list_columns import COLUMNS
from spottui.screens.yaml_text import secret_screen, yaml_lines, yaml_screen
from spottui.sim.resources import RESOURCES
from spottui.sources.kube_objects import decode_list, decode_watch
from spottui.sources.kube_raw_lists import SHAPES
from spottui.verdicts.manifest import readable
from tests.screens.app_case import until

from .corpus import CORPUS, NAMES, SURROGATES, texts_of, unsafe
from .field import hostile_field
from .looking import Looker
from .objects import endless, wholly_spoiled
from .sampling import sampled
from .test_objects import assert_clean, page
from .test_screens import make

META = {"name": "a", "namespace": "n", "uid": "u", "resourceVersion": "3", "creationTimestamp": "2026-11-24T05:00:00Z"}
BALANCED = {"loadBalancer": {"ingress": [{"ip": "i"}, {"hostname": "h"}]}}
REQUESTS = {"resources": {"requests": {"storage": "1Gi"}}}
LISTED: Mapping[str, dict[str, Any]] = {
    "services": {
        "spec": {
            "type": "t",
            "clusterIP": "c",
            "externalIPs": ["e"],
            "ports": [{"port": 80, "nodePort": 30080, "protocol": "p"}],
            "selector": {"a": "b"},
        },
        "status": BALANCED,
    },
    "configmaps": {"data": {"k": "v"}, "binaryData": {"b": "YQ=="}},
    "secrets": {"type": "t", "data": {"k": "dg=="}},
    "persistentvolumeclaims": {
        "spec": {"storageClassName": "s", "volumeName": "v", "accessModes": ["m"], **REQUESTS},
        "status": {"phase": "p", "capacity": {"storage": "1Gi"}, "accessModes": ["m"]},
    },
    "persistentvolumes": {
        "spec": {
            "storageClassName": "s",
            "capacity": {"storage": "1Gi"},
            "accessModes": ["m"],
            "persistentVolumeReclaimPolicy": "r",
            "claimRef": {"kind": "k", "namespace": "n", "name": "c", "uid": "u"},
        },
        "status": {"phase": "p", "reason": "r", "message": "m"},
    },
    "networkpolicies": {
        "spec": {
            "podSelector": {
                "matchLabels": {"a": "b"},
                "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}, {"key": "k", "operator": "o"}],
            },
            "policyTypes": ["t"],
        }
    },
    "ingresses": {
        "spec": {"ingressClassName": "c", "rules": [{"host": "h"}], "tls": [{"hosts": ["h"]}]},
        "status": BALANCED,
    },
    "all-events": {
        "type": "t",
        "reason": "r",
        "message": "m",
        "involvedObject": {"kind": "k", "namespace": "n", "name": "o", "uid": "u"},
        "count": 3,
        "source": {"component": "c"},
        "reportingComponent": "c",
    },
    "node-images": {"status": {"images": [{"names": ["a", "b"], "sizeBytes": 4}]}},
}
"""An object of each kind with every field that is read."""


def test_each_kind_that_is_listed_has_its_object_here() -> None:
    assert LISTED.keys() == SHAPES.keys()


@pytest.mark.parametrize("kind", LISTED)
def test_a_listed_kind_with_every_text_nasty(kind: str) -> None:
    one = {"metadata": META, **LISTED[kind]}
    for seed, names in itertools.product(range(12), (True, False)):
        texts = iter(endless(filter(None, [*CORPUS.values(), *SURROGATES.values()]), seed))
        spoiled = wholly_spoiled(one, texts, names=names)
        found = decode_list(kind, page(kind, [spoiled]))
        assert len(found.records) == 1
        assert_clean(found.records)
        heard = decode_watch(kind, json.dumps({"type": "ADDED", "object": spoiled}).encode())
        assert heard.record is not None
        assert_clean([heard.record])


@pytest.mark.parametrize("kind", ["services", "configmaps", "secrets", "all-events"])
def test_a_cell_of_a_list_says_nothing_that_a_terminal_obeys(kind: str) -> None:
    texts = iter(endless(filter(None, CORPUS.values()), 3))
    objects = [wholly_spoiled({"metadata": META, **LISTED[kind]}, texts) for _ in range(20)]
    for record in decode_list(kind, page(kind, objects)).records:
        for column in COLUMNS[kind]():
            for _, text in texts_of(column.cell(record, 0.0)):
                assert not unsafe(text)


@pytest.mark.parametrize("name", sampled([*NAMES, *SURROGATES]))
def test_what_a_config_map_and_a_secret_hold_is_shown_as_what_it_is(name: str) -> None:
    """Their YAML is escaped, not cleaned: it is copied and saved, and must go on meaning the same."""
    import base64

    import yaml

    text = {**CORPUS, **SURROGATES}[name]
    held = {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {text: text, "lines": f"a\n{text}\nb"}}
    shown = "\n".join(yaml_lines(readable(held)))
    assert not unsafe(shown, breaks="\n")
    if name in CORPUS:
        assert yaml.safe_load(shown)["data"] == held["data"]
    data = {text or "k": base64.b64encode(text.encode("utf-8", "replace")).decode()}
    secret = {"kind": "Secret", "metadata": {"name": "a"}, "data": data, "stringData": {"k": text or "x"}}
    for reveal in (False, True):
        assert not unsafe("\n".join(yaml_lines(readable(secret, reveal=reveal))), breaks="\n")


def test_titles_of_texts_come_from_the_store_whose_names_are_clean() -> None:
    parts: Any = type("Parts", (), {"plain": True})()
    target = Target(kind="Secret", namespace="n", name="a", uid="u")
    found = {"kind": "Secret", "data": {"\x1b[2J": "dg=="}}
    for screen in (yaml_screen(parts, target, found), secret_screen(parts, target, found)):
        assert not any(unsafe(line) for line in (*screen._texts, screen._title_text, screen._file))


@pytest.mark.parametrize("name", sampled([*NAMES, *SURROGATES]))
def test_the_log_file_can_be_printed(name: str, tmp_path: Path) -> None:
    text = {**CORPUS, **SURROGATES}[name]
    record = logging.LogRecord("spottui", logging.WARNING, "x", 1, "no Event on %s", (text,), None)
    assert not unsafe(PlainFormatter("%(message)s").format(record), breaks="\n")
    assert not unsafe(scrub(text), breaks="\n")
    said = record_crash(ValueError(text), tmp_path / "log")
    assert not unsafe(said) and not unsafe((tmp_path / "log").read_text("utf-8"), breaks="\n")


WORDS = ("svc", "cm", "secret", "pvc", "pv", "volumes", "netpol", "ing", "ev", "ns", "images", "running", "forwards")


@pytest.mark.slow
@pytest.mark.parametrize(("size", "seed"), [((100, 30), 7), ((31, 12), 8)])
async def test_every_list_and_what_opens_from_it(tmp_path: Path, size: tuple[int, int], seed: int) -> None:
    async with hostile_field(tmp_path, seed) as field:
        for kind in RESOURCES:
            if (listed := LISTED.get(kind.plural)) is None or kind.plural == "secrets":
                continue
            texts = iter(endless(filter(None, CORPUS.values()), seed))
            for number in range(3):
                made = wholly_spoiled({"metadata": META, **listed}, texts, names=False)
                made["metadata"] |= {"name": f"{kind.plural}{number}", "namespace": "robot", "uid": ""}
                field.parts.objects.create(kind, made)
        app = make(tmp_path, field.kubeconfig)
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.store.pods and app.store.nodes, pilot, 20)
            looker = Looker(pilot)
            for word in WORDS:
                await looker.press("colon", *word, "enter", wait=0.02)
                await looker.press("j", wait=0.3)
                if word not in ("running", "forwards"):
                    await looker.row(("d", "y", "e", "m"))
                await looker.back_to(looker.depth)
            assert not looker.found, "\n".join(looker.found[:20])
            assert {"ListsScreen", "DescribeScreen", "PagerScreen", "ChoiceScreen", "ForwardsScreen"} <= looker.seen

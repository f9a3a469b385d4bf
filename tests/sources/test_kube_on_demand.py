"""Kinds that are read on demand: only while somebody looks, and what Secrets hold is never kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from spottui.sources.kube_objects import decode_list
from spottui.sources.kube_on_demand import ON_DEMAND
from spottui.sources.kube_raw_lists import SHAPES
from spottui.store_lists import LISTS

from .fake_api import FakeApi, an_object, running, until
from .kube_listening import listening


@pytest.fixture
async def fake() -> AsyncIterator[FakeApi]:
    async with running() as server:
        server.objects["services"] = {}
        server.add("services", an_object("camera", spec={"type": "ClusterIP", "ports": [{"port": 80}]}))
        yield server


def one(name: str, **fields: Any) -> Any:
    found = {"metadata": {"name": "a", "namespace": "n", "uid": "u"}, **fields}
    (record,) = decode_list(name, json.dumps({"kind": "List", "items": [found]}).encode()).records
    return record


def test_store_and_source_know_the_same_lists() -> None:
    assert set(ON_DEMAND) == set(LISTS) == set(SHAPES)


async def test_a_kind_is_read_while_it_is_looked_at_and_goes_on_where_it_was(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, source):
        await until(lambda: "pods" in fake.watched())
        assert fake.count("services") == 0
        source.look_at("services")
        await until(lambda: "services" in fake.watched() and heard.state("services") == "live")
        assert heard.names("services") == {"camera"}
        source.look_away("services")
        await until(lambda: "services" not in fake.watched())
        assert heard.state("services") == "stale"
        fake.add("services", an_object("lidar"))
        source.look_at("services")
        await until(lambda: heard.names("services") == {"camera", "lidar"} and heard.state("services") == "live")
        assert fake.count("services?limit=") == 1


async def test_a_list_that_is_opened_without_a_link_says_so(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, source):
        await until(lambda: "pods" in fake.watched())
        await fake.stop()
        await until(lambda: heard.is_down)
        source.look_at("services")
        await until(lambda: heard.reason("services"))
        assert heard.state("services") == "waiting"
        await fake.start()
        await until(lambda: heard.names("services") == {"camera"})


async def test_a_forbidden_list_is_told_as_forbidden(fake: FakeApi, tmp_path: Path) -> None:
    fake.forbidden_everywhere.add("secrets")
    async with listening(fake, tmp_path) as (heard, source):
        source.look_at("secrets")
        await until(lambda: heard.state("secrets") == "forbidden")


def test_what_a_secret_holds_is_not_in_its_record() -> None:
    secret = one("secrets", type="Opaque", data={"password": "aHVudGVyMg==", "user": "YW5h"})
    assert (secret.type, secret.keys) == ("Opaque", 2)
    assert "aHVudGVyMg" not in repr(secret) and "password" not in repr(secret)


def test_columns_are_filled_as_kubectl_fills_them() -> None:
    service = one(
        "services",
        spec={"type": "NodePort", "clusterIP": "10.0.0.1", "ports": [{"port": 80, "nodePort": 30080}]},
    )
    assert (service.cluster_ip, service.ports, service.external) == ("10.0.0.1", ("80:30080/TCP",), ())
    unbound = one("persistentvolumeclaims", spec={"resources": {"requests": {"storage": "1Gi"}}}, status={})
    assert (unbound.capacity, unbound.requested, unbound.access_modes) == ("", "1Gi", ())
    selector = {"matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}]}
    assert one("networkpolicies", spec={"podSelector": selector}).pod_selector == "a in (x,y),b=1"
    nodes = one("node-images", status={"images": [{"names": ["a@sha256:1", "a:1"], "sizeBytes": 5}]})
    assert nodes.images[0].names == ("a@sha256:1", "a:1") and nodes.images[0].size == 5


@pytest.mark.parametrize("name", LISTS)
def test_a_broken_object_is_left_out_and_the_others_stay(name: str) -> None:
    good = {"metadata": {"name": "a", "uid": "u"}}
    page = decode_list(name, json.dumps({"kind": "List", "items": [{"metadata": 3}, good]}).encode())
    assert [record.name for record in page.records] == ["a"] and page.skipped == 1

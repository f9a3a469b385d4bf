"""Objects sent as protobuf are read as the same objects sent as JSON; nothing else gets past."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.sim.api_fields import messages
from spottui.sim.api_protobuf import MEDIA, decode_protobuf
from spottui.sim.status import ApiError

from .api_case import serving

Json = dict[str, Any]


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def encode(api_version: str, kind: str, message: bytes) -> bytes:
    """Return a message in the envelope that Kubernetes' clients send."""
    head = _field(1, api_version.encode()) + _field(2, kind.encode())
    return b"k8s\0" + _field(1, head) + _field(2, message) + _field(3, b"") + _field(4, b"")


def pack(name: str, value: Json) -> bytes:
    """Return a JSON object as the message of this name."""
    made = b""
    for number, (field, type_) in messages()[name].items():
        if field == "~":
            made += _field(number, pack(type_.lstrip("!@"), value))
        elif field in value:
            made += b"".join(_field(number, item) for item in _values(type_.lstrip("!"), value[field]))
    return made


def _values(type_: str, value: Any) -> list[int | bytes]:
    if type_.startswith("*"):
        return [item for one in value for item in _values(type_[1:], one)]
    if type_.startswith("%"):
        return [
            _field(1, key.encode()) + b"".join(_field(2, item) for item in _values(type_[1:], one))
            for key, one in value.items()
        ]
    if type_.startswith("@"):
        return [pack(type_[1:], value)]
    if type_ in "io":
        return [int(value)]
    if type_ == "b":
        return [base64.b64decode(value)]
    if type_ == "q":
        return [_field(1, value.encode())]
    if type_ == "x":
        return [_field(1, 0) + _field(2, value) if isinstance(value, int) else _field(1, 1) + _field(3, value.encode())]
    return [value.encode()]


def test_a_deployment_is_read_whole() -> None:
    container = {
        "name": "main",
        "image": "registry.example/a:1",
        "args": ["--a", "--b"],
        "ports": [{"containerPort": 80, "name": "http"}],
        "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}],
        "resources": {"limits": {"cpu": "100m", "memory": "64Mi"}},
        "livenessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 5},
    }
    pod = {
        "containers": [container],
        "volumes": [{"name": "v", "emptyDir": {}}, {"name": "c", "configMap": {"name": "settings"}}],
        "nodeSelector": {"a": "b"},
        "hostNetwork": True,
        "tolerations": [{"key": "a", "operator": "Exists", "tolerationSeconds": -1}],
    }
    spec = {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": pod},
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
    }
    wanted = {"metadata": {"name": "a", "labels": {"app": "a"}}, "spec": spec}
    sent = encode("apps/v1", "Deployment", pack("apps.Deployment", wanted))
    assert decode_protobuf(sent) == {"apiVersion": "apps/v1", "kind": "Deployment", **wanted}


def test_times_and_bytes_are_read_as_json_has_them() -> None:
    stamp = _field(1, 1_767_225_600) + _field(2, 5_000)
    event = _field(3, b"Killing") + _field(6, stamp) + _field(8, 0) + _field(10, stamp)
    assert decode_protobuf(encode("v1", "Event", event)) == {
        "apiVersion": "v1",
        "kind": "Event",
        "reason": "Killing",
        "firstTimestamp": "2026-01-01T00:00:00Z",
        "eventTime": "2026-01-01T00:00:00.000005Z",
    }
    secret = pack("core.Secret", {"data": {"key": "dmFsdWU="}})
    assert decode_protobuf(encode("v1", "Secret", secret))["data"] == {"key": "dmFsdWU="}


def test_a_kind_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(ApiError) as refused:
        decode_protobuf(encode("no.such/v1", "Thing", b""))
    assert refused.value.code == 415
    assert "Thing in no.such/v1" in refused.value.message


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["Pod", "ConfigMap", "Event", "Secret", "Service"]))
def test_bytes_that_are_no_message_are_refused_and_never_a_fault(data: bytes, kind: str) -> None:
    for sent in (data, b"k8s\0" + data, encode("v1", kind, data)):
        try:
            assert isinstance(decode_protobuf(sent), dict)
        except ApiError as refused:
            assert refused.code in (400, 415)


async def test_the_server_takes_reviews_and_deletions_as_clients_send_them() -> None:
    headers = {"Content-Type": MEDIA, "Accept": f"{MEDIA},application/json"}
    async with serving() as case:
        asked = {"spec": {"resourceAttributes": {"verb": "get", "resource": "secrets", "namespace": "default"}}}
        kind = "SelfSubjectAccessReview"
        sent = encode("authorization.k8s.io/v1", kind, pack(f"authorization.{kind}", asked))
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        for user, allowed in (("admin", True), ("operator", False), ("viewer", False)):
            status, said = await case.ask("POST", path, sent, user=user, headers=headers)
            assert (status, said["status"]["allowed"]) == (201, allowed)
        uid = case.config("a")["metadata"]["uid"]
        options = encode("v1", "DeleteOptions", pack("meta.DeleteOptions", {"preconditions": {"uid": "other"}}))
        path = "/api/v1/namespaces/default/configmaps/a"
        assert (await case.ask("DELETE", path, options, headers=headers))[0] == 409
        options = encode("v1", "DeleteOptions", pack("meta.DeleteOptions", {"preconditions": {"uid": uid}}))
        assert (await case.ask("DELETE", path, options, headers=headers))[0] == 200

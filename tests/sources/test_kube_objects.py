"""Lists and watch lines become records; what cannot be read costs one object, not the list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records import Pod
from spottui.sources.kube_objects import KINDS, Garbled, decode_list, decode_watch
from spottui.sources.kube_raw_values import MESSAGE_LENGTH
from spottui.store_kinds import KINDS as STORE_KINDS

from .wire import AT, Json, meta, one, page


def pod_json(**status: Any) -> Json:
    owner = {"kind": "ReplicaSet", "name": "cam-1", "uid": "rs", "controller": True}
    return {
        "metadata": meta(
            labels={"app": "cam"},
            ownerReferences=[{"kind": "X", "name": "x", "uid": "x"}, owner],
            annotations={"run.oci.handler": "wasm", "spottui.dev/a": "b", "other": "x" * 9000},
        ),
        "spec": {
            "nodeName": "spot-core",
            "runtimeClassName": "spin",
            "initContainers": [{"name": "proxy", "image": "p", "restartPolicy": "Always"}],
            "containers": [
                {
                    "name": "main",
                    "image": "r/cam:1",
                    "readinessProbe": {"httpGet": {}},
                    "resources": {"limits": {"memory": "128Mi", "nvidia.com/gpu": "1"}},
                },
                {"name": "log", "image": "r/log:1", "resources": {"limits": {"nvidia.com/gpu": 2}}},
            ],
        },
        "status": {"phase": "Running", "podIP": "10.1.0.7", "startTime": AT, **status},
    }


def test_the_kinds_are_those_of_the_store() -> None:
    assert set(STORE_KINDS) <= KINDS.keys()
    assert KINDS["pods"].list_path(None) == "/api/v1/pods"
    assert KINDS["deployments"].list_path("a b/c") == "/apis/apps/v1/namespaces/a%20b%2Fc/deployments"
    assert KINDS["nodes"].list_path("robot") == "/api/v1/nodes"
    assert KINDS["events"].field_selector == "type=Warning"


def test_a_pod_has_what_its_row_needs() -> None:
    ended = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": AT}
    statuses = [
        {"name": "log", "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "m"}}},
        {
            "name": "main",
            "ready": True,
            "restartCount": 1,
            "started": True,
            "state": {"running": {"startedAt": AT}},
            "lastState": {"terminated": ended},
        },
    ]
    pod = one("pods", pod_json(containerStatuses=statuses))
    assert isinstance(pod, Pod)
    assert (pod.name, pod.namespace, pod.node, pod.ip, pod.phase) == ("a", "robot", "spot-core", "10.1.0.7", "Running")
    assert pod.owner is not None and pod.owner.name == "cam-1"
    assert pod.annotations == {"run.oci.handler": "wasm", "spottui.dev/a": "b"}
    assert pod.gpus == 3
    proxy, main, log = pod.containers
    assert proxy.is_init and proxy.is_sidecar and proxy.state == ""
    assert (main.state, main.ready, main.has_probe, main.memory_limit) == ("running", True, True, 128 * 2**20)
    assert (main.last_reason, main.last_exit_code, main.last_finished_at) == ("OOMKilled", 137, main.started_at)
    assert (log.state, log.reason, log.restarts) == ("waiting", "CrashLoopBackOff", 2)
    assert pod.status_order == (2, 1), "the kubelet sorts by name, the spec does not"


def test_a_pod_of_500_containers_is_read() -> None:
    item = pod_json(containerStatuses=[{"name": f"c{n}", "state": {"running": {}}} for n in range(500)])
    item["spec"]["containers"] = [{"name": f"c{n}", "image": "i"} for n in range(500)]
    assert sum(container.state == "running" for container in one("pods", item).containers) == 500


def test_control_characters_and_length_are_taken_off() -> None:
    item = pod_json(message="\x1b[31mred\x1b[0m" + "x" * 5000)
    pod = one("pods", item)
    assert pod.message.startswith("redx")
    assert len(pod.message) == MESSAGE_LENGTH


def test_repeated_words_are_kept_once() -> None:
    first, second = decode_list("pods", page(pod_json(), pod_json())).records
    assert isinstance(first, Pod) and isinstance(second, Pod)
    assert first.node is second.node
    assert first.labels is second.labels
    assert first.containers[1].image is second.containers[1].image


def test_a_page_knows_how_to_go_on() -> None:
    listed = decode_list("pods", page(pod_json(), **{"continue": "abc", "remainingItemCount": 12}))
    assert (listed.resource_version, listed.continue_token, listed.remaining) == ("7", "abc", 12)


@pytest.mark.parametrize(
    "broken",
    [
        {"metadata": {"name": "b"}},
        {"metadata": {"uid": "b"}},
        {"metadata": None},
        {},
        {"metadata": meta("b", labels={"a": 1})},
        {"metadata": meta("b"), "status": {"containerStatuses": [{"restartCount": "many"}]}},
        {"metadata": meta("b"), "spec": []},
        "pod",
        None,
        7,
    ],
)
def test_a_broken_object_is_skipped_and_counted(broken: Any) -> None:
    listed = decode_list("pods", page(pod_json(), broken, pod_json()))
    assert len(listed.records) == 2
    assert listed.skipped == 1
    assert listed.resource_version == "7"


@pytest.mark.parametrize(
    "body", [b"", b"<html>login</html>", b"[]", b"{}", b'{"kind":"Status","code":403}', b'{"items":3}', b"\xff\xfe"]
)
def test_what_is_no_list_is_garbled(body: bytes) -> None:
    with pytest.raises(Garbled):
        decode_list("pods", body)


def test_bytes_that_are_no_text_cost_one_object() -> None:
    body = page(pod_json(), pod_json()).replace(b"uid-a", b"uid-\xff", 1)
    listed = decode_list("pods", body)
    assert (len(listed.records), listed.skipped) == (1, 1)


def test_numbers_and_times_out_of_range_are_unknown() -> None:
    huge = {"metadata": meta(creationTimestamp="0001-01-01T00:00:00+14:00"), "status": {"capacity": {"cpu": 10**60}}}
    listed = decode_list("nodes", page(huge).replace(b"100000", b"1e900000", 1))
    assert len(listed.records) + listed.skipped == 1


def test_deep_nesting_is_no_crash() -> None:
    deep = b'{"kind":"PodList","x":' + b"[" * 100_000 + b"]" * 100_000 + b',"items":[]}'
    with pytest.raises(Garbled):
        decode_list("pods", deep)


def test_a_list_without_items_is_empty() -> None:
    assert decode_list("pods", b'{"kind":"PodList","items":null,"metadata":{"resourceVersion":"3"}}').records == ()


def test_a_watch_tells_additions_deletions_and_bookmarks() -> None:
    gone = decode_watch("pods", json.dumps({"type": "DELETED", "object": pod_json()}).encode())
    assert (gone.type, gone.uid) == ("DELETED", "uid-a")
    item = {"metadata": {"resourceVersion": "12", "annotations": {"k8s.io/initial-events-end": "true"}}}
    mark = decode_watch("pods", json.dumps({"type": "BOOKMARK", "object": item}).encode())
    assert (mark.record, mark.resource_version, mark.initial_events_end) == (None, "12", True)


def test_an_error_in_a_watch_has_its_code() -> None:
    status = {"kind": "Status", "code": 410, "message": "too old resource version", "reason": "Expired"}
    event = decode_watch("pods", json.dumps({"type": "ERROR", "object": status}).encode())
    assert (event.type, event.code, event.message) == ("ERROR", 410, "too old resource version")


def test_a_watched_object_that_cannot_be_read_still_moves_the_watch_on() -> None:
    item = {"metadata": meta("b", resourceVersion="9", labels=3)}
    event = decode_watch("pods", json.dumps({"type": "MODIFIED", "object": item}).encode())
    assert (event.record, event.uid, event.resource_version) == (None, "uid-b", "9")


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"{}", b'{"type":"ERROR","object":"x"}', b'{"type":3}'])
def test_what_is_no_watch_line_is_garbled(line: bytes) -> None:
    with pytest.raises(Garbled):
        decode_watch("pods", line)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("metadata", "spec", "status", "name", "uid", "labels", "annotations", "containers", "state"),
                    *("containerStatuses", "conditions", "items", "operation", "sources", "replicas", "waiting"),
                    *("creationTimestamp", "resources", "limits", "memory", "history", "taints", "ownerReferences"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.sampled_from(sorted(KINDS)), st.lists(_json, max_size=3), _json)
def test_no_object_however_strange_ends_the_list(kind: str, items: list[Any], strange: Any) -> None:
    if isinstance(strange, dict):
        strange["metadata"] = meta()
    listed = decode_list(kind, page(*items, strange))
    assert len(listed.records) + listed.skipped == len(items) + 1
    decode_watch(kind, json.dumps({"type": "MODIFIED", "object": strange}).encode())


@given(st.binary(max_size=60), st.sampled_from(sorted(KINDS)))
def test_bytes_are_read_or_garbled(body: bytes, kind: str) -> None:
    for decode in (decode_list, decode_watch):
        try:
            decode(kind, body)
        except Garbled as error:
            assert str(error).endswith(".")

"""YAML is shown without noise, and a Secret stays one."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spottui.verdicts.manifest import LAST_APPLIED, MASK, cleaned, readable

SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "api",
        "uid": "u",
        "resourceVersion": "7",
        "annotations": {LAST_APPLIED: '{"data":{"token":"aHVudGVyMg=="}}'},
        "managedFields": [{"manager": "kubectl", "operation": "Update", "time": "2026-11-24T00:00:00Z"}],
    },
    "data": {"token": base64.b64encode(b"hunter2").decode(), "odd": "not base64!", "bytes": "/w=="},
    "stringData": {"plain": "hunter3"},
}


def test_a_secret_shows_how_long_its_values_are_and_nothing_more() -> None:
    shown = readable(SECRET)
    assert shown["data"] == {"token": f"{MASK} (7 bytes)", "odd": MASK, "bytes": f"{MASK} (1 bytes)"}
    assert "hunter" not in str(shown) and "aHVudGVyMg" not in str(shown)


def test_a_revealed_secret_is_decoded() -> None:
    shown = readable(SECRET, reveal=True)
    assert shown["data"]["token"] == "hunter2" and shown["stringData"]["plain"] == "hunter3"
    assert "no text" in shown["data"]["bytes"]


def test_managed_fields_are_folded_to_who_manages() -> None:
    assert readable(SECRET)["metadata"]["managedFields"] == ["kubectl (Update at 2026-11-24T00:00:00Z), folded"]
    assert readable(SECRET, all_fields=True)["metadata"]["managedFields"] == SECRET["metadata"]["managedFields"]


def test_a_clean_copy_could_be_applied_elsewhere() -> None:
    pod = {
        "kind": "Pod",
        "metadata": {
            "name": "a",
            "uid": "u",
            "labels": {"x": "y"},
            "ownerReferences": [{}],
            "annotations": {LAST_APPLIED: "{}"},
        },
        "spec": {"containers": []},
        "status": {"phase": "Running"},
    }
    assert cleaned(pod) == {"kind": "Pod", "metadata": {"name": "a", "labels": {"x": "y"}}, "spec": {"containers": []}}


@given(
    st.dictionaries(st.text(max_size=5), st.text(min_size=4, max_size=30), max_size=4),
    st.sampled_from(["data", "stringData"]),
)
def test_no_value_of_a_secret_ever_shows(values: dict[str, str], where: str) -> None:
    held = {
        key: base64.b64encode(f"<{value}>".encode()).decode() if where == "data" else f"<{value}>"
        for key, value in values.items()
    }
    shown = readable({"kind": "Secret", "metadata": {}, where: held})
    assert all(str(value) not in str(list(shown[where].values())) for value in held.values())


def test_the_object_itself_is_not_changed() -> None:
    before = str(SECRET)
    readable(SECRET, reveal=True)
    cleaned(SECRET)
    assert str(SECRET) == before


def test_a_variable_whose_name_tells_that_it_is_a_secret_is_masked_wherever_it_stands() -> None:
    env = [{"name": "DB_PASSWORD", "value": "a<b&c"}, {"name": "MODE", "value": "fast"}]
    env += [{"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "git"}}}]
    spec = {"template": {"spec": {"containers": [{"name": "main", "env": env}]}}}
    applied = json.dumps({"spec": spec}).replace("<", "\\u003c").replace("&", "\\u0026")  # as Go writes it
    found = {"kind": "Deployment", "metadata": {"annotations": {LAST_APPLIED: applied}}, "spec": spec}
    shown = readable(found)
    assert shown["spec"]["template"]["spec"]["containers"][0]["env"] == [
        {"name": "DB_PASSWORD", "value": f"{MASK} (5 bytes)"},
        *env[1:],
    ]
    assert (
        "a<b" not in str(shown)
        and "u003c" not in str(shown)
        and "fast" in shown["metadata"]["annotations"][LAST_APPLIED]
    )
    plain = {"metadata": {"annotations": {LAST_APPLIED: "{ no JSON"}}, "spec": {}}
    assert readable(plain) == plain

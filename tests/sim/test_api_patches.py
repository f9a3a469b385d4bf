"""The patches by their rules, over whatever documents there are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.sim.api_managed import Owner, leaves, owners_of, updated
from spottui.sim.api_patches import json_patch, merge_patch
from spottui.sim.api_selectors import label_tests
from spottui.sim.api_strategic import strategic_merge
from spottui.sim.status import ApiError

FEW = settings(max_examples=25, deadline=None)
NAMES = st.sampled_from(["a", "b", "c", "containers", "env"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # the test cases of RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_the_rfc_says(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


@FEW
@given(DOCUMENTS, DOCUMENTS)
def test_a_merge_patch_done_twice_is_done_once(target: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once
    assert merge_patch(target, {}) == target
    assert merge_patch({}, patch) == _without_nulls(patch)


@FEW
@given(DOCUMENTS, VALUES)
def test_a_json_patch_leaves_its_document_alone_or_is_refused(document: dict[str, Any], operations: Any) -> None:
    before = repr(document)
    try:
        json_patch(document, operations)
    except ApiError as refused:
        assert refused.code in (400, 422)
    assert repr(document) == before


@FEW
@given(DOCUMENTS, st.sampled_from(["a", "b", "c"]), VALUES)
def test_what_a_json_patch_adds_it_can_test_and_take_away(document: dict[str, Any], name: str, value: Any) -> None:
    path = f"/{name}"
    made = json_patch(
        document, [{"op": "add", "path": path, "value": value}, {"op": "test", "path": path, "value": value}]
    )
    assert made == {**document, name: value}
    gone = json_patch(made, [{"op": "remove", "path": path}])
    assert gone == {key: item for key, item in document.items() if key != name}


@FEW
@given(DOCUMENTS, DOCUMENTS)
def test_a_strategic_patch_never_writes_into_what_it_was_given(target: dict[str, Any], patch: dict[str, Any]) -> None:
    before = repr(target), repr(patch)
    try:
        strategic_merge(target, patch)
    except ApiError as refused:
        assert "merge key" in refused.message
    assert (repr(target), repr(patch)) == before


@FEW
@given(DOCUMENTS, DOCUMENTS)
def test_every_field_has_an_owner_and_comes_back_from_its_stored_form(old: dict[str, Any], new: dict[str, Any]) -> None:
    old = {"metadata": {}, "spec": {key: value for key, value in old.items() if key not in ("containers", "env")}}
    new = {"metadata": {}, "spec": {key: value for key, value in new.items() if key not in ("containers", "env")}}
    first = Owner("one", "Update", "v1", "", "", frozenset())
    old["metadata"]["managedFields"] = [one.entry() for one in updated(None, old, first)]
    assert frozenset[Any]().union(*(one.paths for one in owners_of(old))) == set(leaves(old))
    owners = updated(old, new, Owner("two", "Update", "v1", "", "", frozenset()))
    assert {path for one in owners for path in one.paths} == set(leaves(new))
    assert sum(len(one.paths) for one in owners) == len(leaves(new))


@FEW
@given(st.text(alphabet="abc =!,()<>innot1", max_size=20))
def test_a_label_selector_is_read_or_refused(text: str) -> None:
    try:
        tests = label_tests(text)
    except ApiError as refused:
        assert refused.code == 400
        return
    for labels in ({}, {"a": "b"}, {"a": "1", "b": ""}):
        for test in tests:
            assert isinstance(test({"metadata": {"labels": labels}}), bool)


def test_an_update_that_changes_nothing_leaves_the_owners_in_their_order() -> None:
    def owner(manager: str) -> Owner:
        return Owner(manager, "Update", "v1", "", "2026-11-24T00:00:00Z", frozenset())

    one: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}}
    for manager, key in (("first", "x"), ("second", "y")):
        made = {**one, "metadata": dict(one["metadata"]), "data": {**one["data"], key: "1"}}
        owners = updated(one if "managedFields" in one["metadata"] else None, made, owner(manager))
        made["metadata"]["managedFields"] = [each.entry() for each in owners]
        one = made
    assert [each.manager for each in owners_of(one)] == ["first", "second"]
    assert updated(one, one, owner("first")) == owners_of(one)

"""A diff shows what a sync would change and nothing that the server filled in; Secrets stay masked."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.verdicts.app_diff import LAST_APPLIED, diff, diff_lines, folded, last_applied

Json = dict[str, Any]


def target(image: str = "r/a:1", **container: Any) -> Json:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a", "namespace": "n"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "main", "image": image, **container}]}}},
    }


def live(found: Json, *, applied: Json | None = None) -> Json:
    """Return an object as the server would hold it: with defaults, status and its own metadata."""
    held = json.loads(json.dumps(found))
    held["metadata"] |= {"uid": "u", "resourceVersion": "7", "generation": 2, "managedFields": [{"manager": "argocd"}]}
    held["metadata"]["annotations"] = {LAST_APPLIED: json.dumps(applied or found)}
    held["spec"]["revisionHistoryLimit"] = 10
    for one in held["spec"]["template"]["spec"]["containers"]:
        one["imagePullPolicy"] = "IfNotPresent"
    held["status"] = {"replicas": 1}
    return held


def test_an_object_as_it_was_applied_does_not_differ() -> None:
    found = diff(live(target()), target())
    assert found.lines == [] and found.left_out >= 2


def test_a_changed_image_is_one_line_each_way_with_equal_lines_folded() -> None:
    found = diff(live(target()), target("r/a:2"))
    assert [line.split() for line in found.lines if line[0] in "+-"] == [
        ["-", "image:", "r/a:1"],
        ["+", "image:", "r/a:2"],
    ]
    assert (found.added, found.removed) == (1, 1)
    assert any("equal lines" in line for line in found.lines)


def test_a_field_that_git_no_longer_names_but_was_applied_is_shown_as_going() -> None:
    before = target(command=["run"])
    found = diff(live(before, applied=before), target())
    assert any(line.startswith("-") and "command" in line for line in found.lines) and found.added == 0


def test_a_field_that_somebody_added_by_hand_stays_and_is_counted() -> None:
    held = live(target())
    held["spec"]["minReadySeconds"] = 5
    assert diff(held, target()).lines == []


def test_the_same_quantity_written_otherwise_does_not_differ() -> None:
    wanted = target(resources={"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": 1}})
    held = target(resources={"limits": {"cpu": "0.5", "memory": "1024Mi"}, "requests": {"cpu": "1"}})
    assert diff_lines(live(held), wanted) == []
    more = target(resources={"limits": {"cpu": "500m", "memory": "2Gi"}, "requests": {"cpu": 1}})
    assert len([line for line in diff_lines(live(held), more) if line[0] in "+-"]) == 2


def test_the_order_of_named_entries_does_not_count_and_that_of_arguments_does() -> None:
    wanted = target(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], args=["x", "y"])
    held = target(env=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}], args=["x", "y"])
    assert diff_lines(live(held), wanted) == []
    assert diff_lines(live(target(args=["y", "x"])), target(args=["x", "y"]))


def test_what_is_not_there_is_all_new_and_what_git_dropped_goes_whole() -> None:
    made, gone = diff(None, target()), diff(live(target()), None)
    assert made.removed == 0 and made.added == len(made.lines) > 5
    assert gone.added == 0 and gone.removed == len(gone.lines) > 5
    assert diff_lines(None, None) == []


def secret(**values: str) -> Json:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": data}


@settings(max_examples=40)
@given(st.text(min_size=6, max_size=20, alphabet="abcdefgh"), st.text(min_size=6, max_size=20, alphabet="ijklmnop"))
def test_no_value_of_a_secret_is_ever_shown(old: str, new: str) -> None:
    held = secret(password=old, same="unchanged")
    held["metadata"]["annotations"] = {LAST_APPLIED: json.dumps(held)}
    wanted = {**secret(same="unchanged"), "stringData": {"password": new}}
    for one, other in ((held, wanted), (None, wanted), (held, None), (held, secret(extra=new))):
        text = "\n".join(diff_lines(one, other))
        assert text and not any(word in text for word in (old, new, "unchanged"))
        assert not any(base64.b64encode(word.encode()).decode() in text for word in (old, new))


def test_two_values_that_differ_have_two_masks() -> None:
    lines = diff_lines(secret(password="a1"), secret(password="b2"))
    assert [line[0] for line in lines if line[0] in "+-"] == ["-", "+"]


def test_too_many_changed_lines_are_counted_and_not_compared() -> None:
    one = {"kind": "ConfigMap", "data": {f"k{number}": "1" for number in range(6000)}}
    other = {"kind": "ConfigMap", "data": {f"k{number}": "2" for number in range(6000)}}
    (line,) = diff_lines(one, other)
    assert "too long" in line and "6000 lines live" in line


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "[" * 5000])
def test_an_annotation_that_is_no_object_is_none(text: str) -> None:
    assert last_applied({"metadata": {"annotations": {LAST_APPLIED: text}}}) is None


def test_folding_keeps_the_neighbours_of_a_change() -> None:
    lines = [f"  {number}" for number in range(20)] + ["- x"] + [f"  {number}" for number in range(2)]
    assert folded(lines) == ["  … 17 equal lines", "  17", "  18", "  19", "- x", "  0", "  1"]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "limits", "data", "spec", "key"]), inner, max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(["kind", "metadata", "spec", "data", "status"]), values, max_size=4)


@settings(max_examples=50)
@given(objects, objects)
def test_whatever_the_objects_hold_it_ends_and_equal_ones_do_not_differ(one: Json, other: Json) -> None:
    assert isinstance(diff_lines(one, other), list)
    assert diff_lines(one, one) == []

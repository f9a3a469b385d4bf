"""Label and field selectors of the embedded API server, with the refusals that Kubernetes words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from spottui.sim.objects import Object
from spottui.sim.resources import Resource
from spottui.sim.status import bad_request

Test = Callable[[Object], bool]

_TOKEN = re.compile(r"\s*(==|!=|=|!|>|<|\(|\)|,|[^\s=!,()<>]+)")
_OPERATORS = {"in", "notin", "=", "==", "!=", "gt", "lt", ">", "<"}
_EXPECTED = "in, notin, =, ==, !=, gt, lt"

_FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "pods"): (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    ("", "nodes"): ("spec.unschedulable",),
    ("", "namespaces"): ("status.phase",),
    ("", "secrets"): ("type",),
    ("", "services"): ("spec.clusterIP", "spec.type"),
    ("", "events"): (
        *(f"involvedObject.{name}" for name in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion")),
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    ("apps", "replicasets"): ("status.replicas",),
    ("batch", "jobs"): ("status.successful",),
}
_FLAGS = {"spec.unschedulable", "spec.hostNetwork"}
_NUMBERS = {"status.replicas", "status.successful"}


def selector(labels: str, fields: str, kind: Resource) -> Test | None:
    """Return what decides whether an object is asked for; None when all are.

    Raises:
        ApiError: 400 for a selector that cannot be read, or a field that this kind is not selected by.
    """
    tests = [*label_tests(labels), *_field_tests(fields, kind)]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda one: all(test(one) for test in tests)


def label_tests(text: str) -> list[Test]:
    """Return the requirements of a label selector in its textual form.

    Raises:
        ApiError: 400.
    """
    tokens = _TOKEN.findall(text)
    tests: list[Test] = []
    at = 0
    while at < len(tokens):
        if not re.fullmatch(r"!|[^=!,()<>]+", tokens[at]):
            raise bad_request(f"found '{tokens[at]}', expected: !, identifier, or 'end of string'")
        test, at = _requirement(tokens, at)
        tests.append(test)
        if at == len(tokens):
            break
        if tokens[at] != ",":
            raise bad_request(f"found '{tokens[at]}', expected: ',' or 'end of string'")
        at += 1
        if at == len(tokens):
            raise bad_request("found '', expected: identifier after ','")
    return tests


def _requirement(tokens: list[str], at: int) -> tuple[Test, int]:
    absent = tokens[at] == "!"
    at += absent
    name = tokens[at] if at < len(tokens) else ""
    if not re.fullmatch(r"[^=!,()<>]+", name):
        raise bad_request(f"unable to parse requirement: found '{name}', expected: identifier")
    at += 1
    if absent:
        return _labels(lambda labels: name not in labels), at
    if at == len(tokens) or tokens[at] == ",":
        return _labels(lambda labels: name in labels), at
    operator = tokens[at]
    if operator not in _OPERATORS:
        raise bad_request(f"unable to parse requirement: found '{operator}', expected: {_EXPECTED}")
    if operator in ("in", "notin"):
        return _set_requirement(name, operator, tokens, at + 1)
    has_value = at + 1 < len(tokens) and tokens[at + 1] != ","
    value = tokens[at + 1] if has_value else ""
    return _value_requirement(name, operator, value), at + 1 + has_value


def _set_requirement(name: str, operator: str, tokens: list[str], at: int) -> tuple[Test, int]:
    if at == len(tokens) or tokens[at] != "(":
        found = tokens[at] if at < len(tokens) else ""
        raise bad_request(f"unable to parse requirement: found '{found}' expected: '('")
    try:
        end = tokens.index(")", at)
    except ValueError:
        raise bad_request("unable to parse requirement: found '', expected: ',' or ')'") from None
    values = {token for token in tokens[at + 1 : end] if token != ","}
    if operator == "in":
        return _labels(lambda labels: labels.get(name) in values), end + 1
    return _labels(lambda labels: labels.get(name) not in values), end + 1


def _value_requirement(name: str, operator: str, value: str) -> Test:
    if operator in ("=", "=="):
        return _labels(lambda labels: labels.get(name) == value)
    if operator == "!=":
        return _labels(lambda labels: labels.get(name) != value)
    if not re.fullmatch(r"-?\d+", value):
        said = f"values[0]: Invalid value: {_quoted(value)}: "
        said += "for 'Gt', 'Lt' operators, the value must be an integer"
        raise bad_request(f"unable to parse requirement: {said}")
    bound, is_greater = int(value), operator in ("gt", ">")

    def compares(labels: dict[str, str]) -> bool:
        found = labels.get(name, "")
        if not re.fullmatch(r"-?\d+", found):
            return False
        return int(found) > bound if is_greater else int(found) < bound

    return _labels(compares)


def _labels(test: Callable[[dict[str, str]], bool]) -> Test:
    return lambda one: test(one["metadata"].get("labels") or {})


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _field_tests(text: str, kind: Resource) -> list[Test]:
    known = {"metadata.name", *_FIELDS.get((kind.group, kind.plural), ())}
    if (kind.group, kind.plural) == ("events.k8s.io", "events"):
        known |= set(_FIELDS["", "events"])
    if kind.namespaced or kind.plural == "nodes":
        known.add("metadata.namespace")
    tests = []
    for part in re.split(r"(?<!\\),", text):
        if not part:
            continue
        match = re.match(r"(.*?)(==|!=|=)(.*)", part)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        name, operator, value = match.groups()
        if name not in known:
            raise bad_request(_unknown_field(kind, name))
        tests.append(_field_test(name, re.sub(r"\\(.)", r"\1", value), operator != "!="))
    return tests


def _unknown_field(kind: Resource, name: str) -> str:
    if (kind.group, kind.plural) == ("batch", "jobs"):
        return f'field label "{name}" not supported for Job'
    if (kind.group, kind.plural) in _FIELDS or "." in kind.group:
        return f"field label not supported: {name}"
    return f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def _field_test(name: str, value: str, wanted: bool) -> Test:
    return lambda one: (field_value(one, name) == value) is wanted


def field_value(one: Object, name: str) -> str:
    """Return a field as selectors compare it: empty when it is not there."""
    if name == "source":
        source = one.get("source") or {}
        return source.get("component", "") or one.get("reportingComponent", "")
    found: Any = one
    for word in name.split("."):
        found = found.get(word) if isinstance(found, dict) else None
    if name in _FLAGS:
        return "true" if found else "false"
    if name in _NUMBERS:
        return str(found or 0)
    return "" if found is None else str(found)

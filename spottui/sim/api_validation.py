"""Whether a new object may be stored: names, labels, and the fields without which it makes no sense."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from spottui.sim.api_label_selector import matches
from spottui.sim.objects import Object
from spottui.sim.resources import Resource
from spottui.sim.status import Cause, invalid

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_KEY = "[-._a-zA-Z0-9]+"

_SUBDOMAIN_SAID = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_LABEL_SAID = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    f"an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_QUALIFIED_SAID = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)"
    "?[A-Za-z0-9]')"
)
_VALUE_SAID = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_KEY_SAID = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    f"'key-name', regex used for validation is '{_KEY}')"
)
_PORT_SAID = "must be between 1 and 65535, inclusive"
_LABEL_NAMES = {"namespaces", "services"}
_TEMPLATED = {"deployments", "replicasets", "statefulsets", "daemonsets"}


def cause(field: str, reason: str, said: str) -> Cause:
    """Return one cause of a 422."""
    return {"reason": f"FieldValue{reason}", "message": said, "field": field}


def wrong(field: str, value: str, said: str) -> Cause:
    """Return the cause for a value that does not do; `value` as JSON."""
    return cause(field, "Invalid", f"Invalid value: {value}: {said}")


def missing(field: str, said: str = "") -> Cause:
    """Return the cause for a value that is needed."""
    return cause(field, "Required", f"Required value: {said}" if said else "Required value")


def check_create(kind: Resource, made: Object) -> None:
    """Let a new object pass that is in order.

    Raises:
        ApiError: 422 with every cause.
    """
    causes = [*_check_meta(kind, made["metadata"]), *check_content(kind, made)]
    if causes:
        raise invalid(kind.kind, kind.group, made["metadata"].get("name", ""), causes)


def check_content(kind: Resource, made: Object) -> Iterator[Cause]:
    """Yield what is wrong with the content of an object, new or changed."""
    yield from check_labels(made["metadata"].get("labels") or {}, "metadata.labels")
    yield from _check_annotations(made["metadata"].get("annotations") or {})
    spec: Object = made.get("spec") or {}
    if kind.group == "" and kind.plural == "pods":
        yield from check_pod_spec(spec, "spec")
    elif kind.group == "apps" and kind.plural in _TEMPLATED:
        yield from _check_templated(spec)
    elif kind.group == "batch" and kind.plural == "jobs":
        yield from check_pod_spec((spec.get("template") or {}).get("spec") or {}, "spec.template.spec", job=True)
    elif kind.plural in ("configmaps", "secrets") and kind.group == "":
        yield from _check_keys(made)
    elif kind.group == "node.k8s.io":
        yield from _check_runtime(made)
    elif kind.group == "" and kind.plural == "services":
        yield from _check_service(spec)


def _check_meta(kind: Resource, meta: Object) -> Iterator[Cause]:
    name = meta.get("name", "")
    if not name:
        yield missing("metadata.name", "name or generateName is required")
    elif kind.plural in _LABEL_NAMES and kind.group == "" and "." in name:
        yield wrong("metadata.name", _quoted(name), "must not contain dots")
    elif kind.plural in _LABEL_NAMES and kind.group == "":
        yield from check_name(name, "metadata.name", _LABEL, _LABEL_SAID, 63)
    elif kind.group != "rbac.authorization.k8s.io":
        yield from check_name(name, "metadata.name", _SUBDOMAIN, _SUBDOMAIN_SAID, 253)


def check_name(name: str, field: str, pattern: str, said: str, limit: int) -> Iterator[Cause]:
    """Yield what is wrong with a name."""
    if len(name) > limit:
        yield wrong(field, _quoted(name), f"must be no more than {limit} bytes")
    if not re.fullmatch(pattern, name):
        yield wrong(field, _quoted(name), said)


def check_labels(labels: Any, field: str) -> Iterator[Cause]:
    """Yield what is wrong with labels."""
    for name, value in labels.items():
        yield from _check_qualified(name, field)
        if len(value) > 63:
            yield wrong(f"{field}", _quoted(value), "must be no more than 63 bytes")
        if not re.fullmatch(_VALUE, value):
            yield wrong(field, _quoted(value), _VALUE_SAID)


def _check_qualified(name: str, field: str) -> Iterator[Cause]:
    prefix, slash, last = name.rpartition("/")
    if slash and not re.fullmatch(_SUBDOMAIN, prefix):
        yield wrong(field, _quoted(name), f"prefix part {_SUBDOMAIN_SAID}")
    if not last:
        yield wrong(field, _quoted(name), "name part must be non-empty")
    elif len(last) > 63:
        yield wrong(field, _quoted(name), "name part must be no more than 63 bytes")
    if not re.fullmatch(_QUALIFIED, last):
        yield wrong(field, _quoted(name), _QUALIFIED_SAID)


def _check_annotations(annotations: Any) -> Iterator[Cause]:
    for name in annotations:
        yield from _check_qualified(name.lower(), "metadata.annotations")
    if sum(len(name) + len(value) for name, value in annotations.items()) > 256 * 1024:
        yield cause("metadata.annotations", "TooLong", "Too long: may not be more than 262144 bytes")


def check_pod_spec(spec: Object, field: str, *, job: bool = False) -> Iterator[Cause]:
    """Yield what is wrong with a pod's spec."""
    containers = spec.get("containers") or []
    if not containers:
        yield missing(f"{field}.containers")
    seen: set[str] = set()
    for part in ("containers", "initContainers"):
        for at, container in enumerate(spec.get(part) or ()):
            yield from _check_container(container, f"{field}.{part}[{at}]", seen)
    policy = spec.get("restartPolicy", "Always")
    if job and policy == "Always":
        said = 'Required value: valid values: "OnFailure", "Never"'
        yield cause(f"{field}.restartPolicy", "Required", said)
    elif policy not in ("Always", "OnFailure", "Never"):
        said = f'Unsupported value: {_quoted(policy)}: supported values: "Always", "OnFailure", "Never"'
        yield cause(f"{field}.restartPolicy", "NotSupported", said)
    volumes = {volume.get("name") for volume in spec.get("volumes") or ()}
    for part in ("containers", "initContainers"):
        for at, container in enumerate(spec.get(part) or ()):
            for mount_at, mount in enumerate(container.get("volumeMounts") or ()):
                if mount.get("name") not in volumes:
                    where = f"{field}.{part}[{at}].volumeMounts[{mount_at}].name"
                    yield cause(where, "NotFound", f"Not found: {_quoted(mount.get('name', ''))}")


def _check_container(container: Object, field: str, seen: set[str]) -> Iterator[Cause]:
    name = container.get("name", "")
    if not name:
        yield missing(f"{field}.name")
    elif not re.fullmatch(_LABEL, name):
        yield wrong(f"{field}.name", _quoted(name), _LABEL_SAID)
    elif name in seen:
        yield cause(f"{field}.name", "Duplicate", f"Duplicate value: {_quoted(name)}")
    seen.add(name)
    if not container.get("image"):
        yield missing(f"{field}.image")


def _check_templated(spec: Object) -> Iterator[Cause]:
    selector, template = spec.get("selector"), spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not selector:
        yield missing("spec.selector")
    if not matches(selector, labels):
        said = "`selector` does not match template `labels`"
        yield wrong("spec.template.metadata.labels", _go_map(labels), said)
    yield from check_labels(labels, "spec.template.labels")
    if isinstance(spec.get("replicas"), int) and spec["replicas"] < 0:
        yield wrong("spec.replicas", str(spec["replicas"]), "must be greater than or equal to 0")
    pod = template.get("spec") or {}
    yield from check_pod_spec(pod, "spec.template.spec")
    if pod.get("restartPolicy", "Always") in ("OnFailure", "Never"):
        said = f'Unsupported value: {_quoted(pod["restartPolicy"])}: supported values: "Always"'
        yield cause("spec.template.spec.restartPolicy", "NotSupported", said)


def _go_map(labels: Any) -> str:
    return "null" if not labels else "{" + ",".join(f'"{key}":"{value}"' for key, value in sorted(labels.items())) + "}"


def _check_keys(made: Object) -> Iterator[Cause]:
    for name in (*(made.get("data") or ()), *(made.get("binaryData") or ())):
        if not re.fullmatch(_KEY, name):
            yield wrong(f"data[{name}]", _quoted(name), _KEY_SAID)


def _check_runtime(made: Object) -> Iterator[Cause]:
    handler = made.get("handler", "")
    if not re.fullmatch(_LABEL, handler):
        yield wrong("handler", _quoted(handler), _LABEL_SAID)


def _check_service(spec: Object) -> Iterator[Cause]:
    if not spec.get("ports") and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        yield missing("spec.ports")
    for at, port in enumerate(spec.get("ports") or ()):
        number = port.get("port", 0)
        if not isinstance(number, int) or not 0 < number < 65536:
            yield wrong(f"spec.ports[{at}].port", str(number), _PORT_SAID)
        target = port.get("targetPort", number)
        if isinstance(target, int) and not 0 < target < 65536:
            yield wrong(f"spec.ports[{at}].targetPort", str(target), _PORT_SAID)


def _quoted(text: str) -> str:
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'

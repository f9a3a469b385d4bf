"""The rows of endpoints, Ingresses, bindings, definitions and other kinds that are seldom listed."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_table_times import NONE, UNKNOWN, since
from spottui.sim.objects import Object

_SHOWN = 3
"""Endpoints named before the rest is only counted."""


def _age(one: Object, now: float) -> str:
    return since(one["metadata"].get("creationTimestamp"), now)


def _name(one: Object) -> str:
    return one["metadata"].get("name", "")


def _some(found: list[str], none: str) -> str:
    if not found:
        return none
    rest = f" + {len(found) - _SHOWN} more..." if len(found) > _SHOWN else ""
    return ",".join(found[:_SHOWN]) + rest


def endpoints_cells(one: Object, now: float) -> list[Any]:
    """Return the row of Endpoints."""
    found = []
    for subset in one.get("subsets") or ():
        for port in subset.get("ports") or ():
            found += [f"{each.get('ip')}:{port.get('port')}" for each in subset.get("addresses") or ()]
        if not subset.get("ports"):
            found += [each.get("ip", "") for each in subset.get("addresses") or ()]
    return [_name(one), _some(found, NONE), _age(one, now)]


def slice_cells(one: Object, now: float) -> list[Any]:
    """Return the row of an EndpointSlice."""
    ports = [str(port.get("port", "*")) for port in one.get("ports") or ()]
    addresses = [address for each in one.get("endpoints") or () for address in each.get("addresses") or ()]
    head = [_name(one), one.get("addressType", ""), _some(ports, _UNSET)]
    return [*head, _some(addresses, _UNSET), _age(one, now)]


_UNSET = "<unset>"


def quota_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a ResourceQuota."""
    status = one.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    limits, requests = [], []
    for name in sorted(hard):
        into = limits if name.startswith("limits.") else requests
        into.append(f"{name}: {used.get(name, '0')}/{hard[name]}")
    return [_name(one), ", ".join(requests), ", ".join(limits), _age(one, now)]


def revision_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a ControllerRevision."""
    owner = next((each for each in one["metadata"].get("ownerReferences") or () if each.get("controller")), None)
    controller = NONE
    if owner is not None:
        group, slash, _ = owner.get("apiVersion", "").rpartition("/")
        controller = f"{owner['kind'].lower()}{'.' + group if slash else ''}/{owner['name']}"
    return [_name(one), controller, one.get("revision", 0), _age(one, now)]


def ingress_cells(one: Object, now: float) -> list[Any]:
    """Return the row of an Ingress."""
    spec = one.get("spec") or {}
    hosts = list(dict.fromkeys(rule["host"] for rule in spec.get("rules") or () if rule.get("host")))
    found = ((one.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    address = ",".join(each.get("ip") or each.get("hostname", "") for each in found)
    ports = "80, 443" if spec.get("tls") else "80"
    return [_name(one), spec.get("ingressClassName") or NONE, _some(hosts, "*"), address, ports, _age(one, now)]


def binding_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a RoleBinding."""
    role, subjects = one.get("roleRef") or {}, one.get("subjects") or ()
    named: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for each in subjects:
        name = each.get("name", "")
        if each.get("kind") == "ServiceAccount":
            name = f"{each.get('namespace', '')}/{name}"
        named.setdefault(each.get("kind", ""), []).append(name)
    who = [", ".join(named[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [_name(one), f"{role.get('kind', '')}/{role.get('name', '')}", _age(one, now), *who]


def definition_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a CustomResourceDefinition."""
    spec, status = one.get("spec") or {}, one.get("status") or {}
    names = spec.get("names") or {}
    versions = ",".join(each.get("name", "") for each in spec.get("versions") or () if each.get("served"))
    conditions = status.get("conditions") or ()
    is_there = any(each.get("type") == "Established" and each.get("status") == "True" for each in conditions)
    made = one["metadata"].get("creationTimestamp", "")
    shorts = ",".join(names.get("shortNames") or ())
    head = [_name(one), spec.get("scope", ""), versions, made]
    return [*head, spec.get("group", ""), names.get("kind", ""), shorts, is_there]


def api_service_cells(one: Object, now: float) -> list[Any]:
    """Return the row of an APIService."""
    service = (one.get("spec") or {}).get("service")
    where = f"{service.get('namespace')}/{service.get('name')}" if service else "Local"
    said = UNKNOWN
    for each in (one.get("status") or {}).get("conditions") or ():
        if each.get("type") == "Available":
            reason = f" ({each['reason']})" if each.get("status") != "True" and each.get("reason") else ""
            said = f"{each.get('status')}{reason}"
    return [_name(one), where, said, _age(one, now)]

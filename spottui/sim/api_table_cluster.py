"""The rows of nodes, namespaces, events, Services and the smaller kinds."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_label_selector import selector_text
from spottui.sim.api_table_times import NONE, UNKNOWN, since
from spottui.sim.objects import Object

Json = dict[str, Any]

_ROLE = "node-role.kubernetes.io/"
_MODES: dict[str, str] = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_UNSET = "<unset>"


def _age(one: Object, now: float) -> str:
    return since(one["metadata"].get("creationTimestamp"), now)


def _name(one: Object) -> str:
    return one["metadata"].get("name", "")


def node_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a node."""
    status, labels = one.get("status") or {}, one["metadata"].get("labels") or {}
    info = status.get("nodeInfo") or {}
    ready = [each.get("status") for each in status.get("conditions") or () if each.get("type") == "Ready"]
    words = ["Unknown" if not ready else "Ready" if ready[0] == "True" else "NotReady"]
    if (one.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    roles = {name.removeprefix(_ROLE) for name in labels if name.startswith(_ROLE) and name != _ROLE}
    if labels.get("kubernetes.io/role"):
        roles.add(labels["kubernetes.io/role"])
    addresses: dict[Any, Any] = {
        each.get("type"): each.get("address") for each in reversed(status.get("addresses") or ())
    }
    return [
        _name(one),
        ",".join(words),
        ",".join(sorted(roles)) or NONE,
        _age(one, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP") or NONE,
        addresses.get("ExternalIP") or NONE,
        info.get("osImage") or UNKNOWN,
        _kernel(info),
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _kernel(info: Json) -> str:
    version, architecture = info.get("kernelVersion"), info.get("architecture")
    return f"{version} ({architecture})" if version and architecture else version or UNKNOWN


def namespace_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a namespace."""
    return [_name(one), (one.get("status") or {}).get("phase", ""), _age(one, now)]


def service_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a Service."""
    spec, kind = one.get("spec") or {}, (one.get("spec") or {}).get("type", "ClusterIP")
    ports = []
    for port in spec.get("ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        ports.append(f"{port.get('port')}{node}/{port.get('protocol', 'TCP')}")
    address = spec.get("clusterIP") or NONE
    selector = ",".join(f"{key}={value}" for key, value in sorted((spec.get("selector") or {}).items()))
    outside = _outside(one, spec, kind)
    return [_name(one), kind, address, outside, ",".join(ports) or NONE, _age(one, now), selector or NONE]


def _outside(one: Object, spec: Json, kind: str) -> str:
    if kind == "ExternalName":
        return spec.get("externalName", "")
    found = list(spec.get("externalIPs") or ())
    if kind == "LoadBalancer":
        ingress = ((one.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        found = [each.get("ip") or each.get("hostname", "") for each in ingress] + found
        return ",".join(found) or "<pending>"
    return ",".join(found) or NONE


def event_cells(one: Object, now: float) -> list[Any]:
    """Return the row of an event."""
    about, series = one.get("involvedObject") or {}, one.get("series")
    first = since(one.get("firstTimestamp") or one.get("eventTime"), now)
    last = since(one["lastTimestamp"], now) if one.get("lastTimestamp") else first
    count = one.get("count") or 1
    if series:
        last, count = since(series.get("lastObservedTime"), now), series.get("count", 0)
    target = about.get("kind", "").lower() + (f"/{about['name']}" if about.get("name") else "")
    source = one.get("source") or {}
    component = source.get("component") or one.get("reportingComponent", "")
    host = source.get("host") or one.get("reportingInstance", "")
    where = f"{component}, {host}" if host else component
    head = [last, one.get("type", ""), one.get("reason", ""), target, about.get("fieldPath", ""), where]
    return [*head, one.get("message", "").strip(), first, count, _name(one)]


def config_map_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a ConfigMap."""
    return [_name(one), len(one.get("data") or ()) + len(one.get("binaryData") or ()), _age(one, now)]


def secret_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a Secret."""
    return [_name(one), one.get("type", ""), len(one.get("data") or ()), _age(one, now)]


def plain_cells(one: Object, now: float) -> list[Any]:
    """Return name and age."""
    return [_name(one), _age(one, now)]


def claim_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a PersistentVolumeClaim."""
    spec, status = one.get("spec") or {}, one.get("status") or {}
    phase = "Terminating" if "deletionTimestamp" in one["metadata"] else status.get("phase", "")
    volume = spec.get("volumeName", "")
    size, modes = "", ""
    if volume:
        size = (status.get("capacity") or {}).get("storage", "")
        modes = ",".join(_MODES.get(mode, str(mode)) for mode in status.get("accessModes") or ())
    classes = [spec.get("storageClassName") or "", status.get("currentVolumeAttributesClassName") or _UNSET]
    mode = spec.get("volumeMode") or _UNSET
    return [_name(one), phase, volume, size, modes, *classes, _age(one, now), mode]


def volume_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a PersistentVolume."""
    spec, status = one.get("spec") or {}, one.get("status") or {}
    phase = "Terminating" if "deletionTimestamp" in one["metadata"] else status.get("phase", "")
    claim = spec.get("claimRef") or {}
    owner = f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""
    modes = ",".join(_MODES.get(mode, str(mode)) for mode in spec.get("accessModes") or ())
    size = (spec.get("capacity") or {}).get("storage", "")
    head = [_name(one), size, modes, spec.get("persistentVolumeReclaimPolicy", ""), phase, owner]
    classes = [spec.get("storageClassName", ""), spec.get("volumeAttributesClassName") or _UNSET]
    return [*head, *classes, status.get("reason", ""), _age(one, now), spec.get("volumeMode") or _UNSET]


def runtime_class_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a RuntimeClass."""
    return [_name(one), one.get("handler", ""), _age(one, now)]


def budget_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a PodDisruptionBudget."""
    spec = one.get("spec") or {}
    bounds = [str(spec.get(field, "N/A")) for field in ("minAvailable", "maxUnavailable")]
    return [_name(one), *bounds, (one.get("status") or {}).get("disruptionsAllowed", 0), _age(one, now)]


def policy_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a NetworkPolicy."""
    return [_name(one), selector_text((one.get("spec") or {}).get("podSelector")) or NONE, _age(one, now)]


def lease_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a Lease."""
    return [_name(one), (one.get("spec") or {}).get("holderIdentity", ""), _age(one, now)]


def storage_class_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a StorageClass."""
    default = (one["metadata"].get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class") == "true"
    name = f"{_name(one)} (default)" if default else _name(one)
    policy, mode = one.get("reclaimPolicy", "Delete"), one.get("volumeBindingMode", "Immediate")
    return [name, one.get("provisioner", ""), policy, mode, bool(one.get("allowVolumeExpansion")), _age(one, now)]


def priority_class_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a PriorityClass."""
    head = [_name(one), one.get("value", 0), bool(one.get("globalDefault"))]
    return [*head, _age(one, now), one.get("preemptionPolicy", "")]


def role_cells(one: Object, now: float) -> list[Any]:
    """Return the row of a role."""
    return [_name(one), one["metadata"].get("creationTimestamp", "")]

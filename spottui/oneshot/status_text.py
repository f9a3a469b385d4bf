"""The answer of `spottui status` as a page of text: good on 80 columns, in a log and on the worst terminal."""

from __future__ import annotations

from typing import Any

from spottui.clock import age
from spottui.oneshot.status_robot import robot_lines
from spottui.oneshot.summary import unheard

GIB = 2**30
NOT_READ = {
    "forbidden": "You may not see",
    "absent": "This cluster has no",
    "failed": "The answer could not be read for",
}
MARKS = {"bad": "x", "warn": "!"}


def as_text(said: dict[str, Any]) -> str:
    """Return the data of `spottui.oneshot.summary` as lines."""
    cluster = said["cluster"]
    where = f" namespace {cluster['namespace']}" if cluster["namespace"] else ""
    name = cluster["context"] or "in-cluster"
    lines = [
        f"Cluster {name}{where}: {cluster['version'] or 'unknown version'} at {cluster['server']}, "
        f"{cluster['round_trip_ms']:.0f} ms"
    ]
    lines += robot_lines(said.get("robot"))
    lines += _findings(said["findings"])
    lines += _nodes(said["nodes"])
    lines += _workloads(said["workloads"])
    lines += _pods(said["pods"])
    if said["wasm"] and said["wasm"]["pods"]:
        lines.append(f"Wasm: {said['wasm']['running']} of {said['wasm']['pods']} running{_engines(said['wasm'])}")
    lines += _applications(said["applications"])
    for state, kinds in unheard(said["access"]).items():
        lines.append(f"{NOT_READ[state]}: {', '.join(kinds)}")
    limits = {one["reason"].partition(": ")[0] for one in said["access"].values() if one["state"] == "live"}
    lines += [f"{limit}; you may not list others." for limit in sorted(limits - {""})]
    return "\n".join(lines)


def _findings(findings: list[dict[str, Any]]) -> list[str]:
    if not findings:
        return ["Nothing needs attention."]
    lines = [f"Needs attention ({len(findings)}):"]
    for each in findings:
        lines.append(f"  {MARKS[each['severity']]} {each['subject']}: {each['text']}")
        if each["advice"]:
            lines.append(f"      {each['advice']}")
    return lines


def _nodes(nodes: list[dict[str, Any]] | None) -> list[str]:
    if nodes is None:
        return []
    ready = sum(node["ready"] is True for node in nodes)
    return [f"Nodes: {ready} of {len(nodes)} ready", *(f"  {_node(node)}" for node in nodes)]


def _node(node: dict[str, Any]) -> str:
    words = [{True: "Ready", False: "NotReady", None: "Unknown"}[node["ready"]], *node["pressures"]]
    if not node["schedulable"]:
        words.append("cordoned")
    memory = _share(node["memory_used"], node["memory_allocatable"], GIB, "GiB")
    cpu = _share(node["cpu_used"], node["cpu_allocatable"], 1, "cores")
    return f"{node['name']}: {', '.join(words)}; cpu {cpu}, memory {memory}; {node['kubelet']}"


def _share(used: float | None, total: float | None, unit: float, name: str) -> str:
    shown = ["?" if amount is None else f"{amount / unit:.1f}" for amount in (used, total)]
    return f"{shown[0]}/{shown[1]} {name}"


def _workloads(workloads: dict[str, Any] | None) -> list[str]:
    if workloads is None:
        return []
    lines = [f"Workloads: {workloads['ready']} of {workloads['total']} ready"]
    for each in workloads["not_ready"]:
        kind, ready = each["kind"].lower(), each["ready"] or 0
        lines.append(f"  {each['namespace']}/{each['name']} ({kind}): {ready} of {each['desired']} ready")
    return lines


def _pods(pods: dict[str, Any] | None) -> list[str]:
    if pods is None:
        return []
    words = ", ".join(f"{count} {word}" for word, count in pods["by_status"].items())
    lines = [f"Pods: {pods['total']}" + (f" ({words})" if words else "")]
    for each in pods["broken"]:
        restarts = f", {each['restarts']} restarts" if each["restarts"] else ""
        state = f"{each['status']}, {each['ready']} of {each['containers']} ready{restarts}"
        lines.append(f"  {each['namespace']}/{each['name']}: {state}")
    return lines


def _engines(wasm: dict[str, Any]) -> str:
    return " (" + ", ".join(f"{engine} {count}" for engine, count in wasm["engines"].items()) + ")"


def _applications(apps: list[dict[str, Any]] | None) -> list[str]:
    if apps is None:
        return []
    synced = sum(app["sync"] == "Synced" for app in apps)
    return [f"Applications: {synced} of {len(apps)} synced", *(f"  {_application(app)}" for app in apps)]


def _application(app: dict[str, Any]) -> str:
    words = [app["sync"] or "not compared yet", app["health"] or "health unknown"]
    if app["operation"]:
        words.append(f"last sync {app['operation']}")
    if app["revision"]:
        words.append(app["revision"][:7])
    compared = app["compared_age_s"]
    words.append("never compared" if compared is None else f"compared {age(0, compared)} ago")
    return f"{app['namespace']}/{app['name']}: {', '.join(words)}"

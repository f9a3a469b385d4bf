"""What stands behind a row, as text: facts, conditions, containers, resources, events."""

from __future__ import annotations

from collections.abc import Iterable

from spottui import clock
from spottui.records import Condition, Container, KubeEvent, Meta, Node, Pod, Target, Workload
from spottui.records_argocd import Application
from spottui.screens.glyphs import cores, gib
from spottui.store import Store
from spottui.store_findings import trouble_of
from spottui.store_kinds import KINDS
from spottui.verdicts.owners import controller_of
from spottui.verdicts.wasm import recognised, wasm_of
from spottui.widgets.tones import Line


def blank(target: Target) -> Meta:
    """Return the record of an object of which only the name is known."""
    return Meta(uid=target.uid, name=target.name, namespace=target.namespace, created_at=None)


def describe(store: Store, uid: str, fallback: Meta, now: float) -> list[Line]:
    """Return the details of the object with this UID; of the last known one, marked, when it is gone."""
    found = next((objects[uid] for kind in KINDS if uid in (objects := store.objects(kind))), None)
    record = found or fallback
    lines = [_title("This object is gone; what follows was its last state."), ()] if found is None else []
    lines += [_fact("name", record.name)]
    if record.namespace:
        lines.append(_fact("namespace", record.namespace))
    lines.append(
        _fact(
            "created",
            f"{clock.rfc3339(record.created_at)}  ({clock.age(record.created_at, now)} ago)"
            if record.created_at is not None
            else "?",
        )
    )
    if record.deleted_at is not None:
        lines.append(_fact("deleting", f"asked for {clock.age(record.deleted_at, now)} ago", "warn"))
    match record:
        case Pod():
            lines += _pod(store, record, now)
        case Workload():
            lines += _workload(store, record)
        case Node():
            lines += _node(store, record)
        case Application():
            lines += _application(record, now)
        case _:
            pass
    if record.labels:
        lines += [(), _title("Labels"), *(_fact(f"  {key}", value) for key, value in sorted(record.labels.items()))]
    lines += [_fact("uid", record.uid)]
    lines += _events(store.events_about(record.uid), now)
    return lines


def _pod(store: Store, pod: Pod, now: float) -> list[Line]:
    status = store.pod_statuses.get(pod.uid)
    lines = [_fact("status", f"{status.word}  ready {status.ready}/{status.total}", status.tone)] if status else []
    if pod.message:
        lines.append(_fact("message", pod.message, "warn"))
    if (trouble := trouble_of(store, pod, now)) is not None:
        lines.append(_fact("why", trouble.cause or trouble.word, trouble.severity))
        lines += [_fact("what to do", trouble.advice)] if trouble.advice else []
    root = controller_of(pod, store.workload)
    owner = f"{root.kind}/{root.name}" if root else f"{pod.owner.kind}/{pod.owner.name}" if pod.owner else "none"
    lines += [_fact("owner", owner), _fact("node", pod.node or "not scheduled"), _fact("ip", pod.ip or "-")]
    if pod.runtime_class:
        lines.append(_fact("runtime class", pod.runtime_class))
    wasm = wasm_of(pod, store.runtime_classes())
    if wasm:
        lines.append(_fact("wasm", f"{wasm.engine or 'engine not known'}, recognised by {recognised(wasm)}", "accent"))
    usage = store.pod_usage.get((pod.namespace, pod.name))
    if usage:
        lines.append(_fact("usage", f"cpu {cores(usage.cpu)}  memory {gib(usage.memory)}  ({usage.source})"))
    lines += _conditions(pod.conditions, now)
    lines += [(), _title("Containers")]
    for container in pod.containers[:100]:
        lines += _container(container, now)
    if len(pod.containers) > 100:
        lines.append(((f"  and {len(pod.containers) - 100} more", "dim"),))
    return lines


def _container(container: Container, now: float) -> list[Line]:
    what = "init " if container.is_init and not container.is_sidecar else "sidecar " if container.is_sidecar else ""
    state = container.reason or container.state or "not reported"
    tone = "good" if container.ready or state == "Completed" else "warn"
    lines: list[Line] = [((f"  {what}{container.name}", ""), ("  ", ""), (state, tone), _restarts(container))]
    lines.append(_fact("    image", container.image))
    if container.message:
        lines.append(_fact("    message", container.message, "warn"))
    if container.exit_code is not None:
        lines.append(_fact("    ended", f"exit code {container.exit_code}"))
    if container.last_exit_code is not None:
        ago = f", {clock.age(container.last_finished_at, now)} ago" if container.last_finished_at else ""
        why = f"{container.last_reason or 'ended'} with exit code {container.last_exit_code}{ago}"
        lines.append(_fact("    last time", why, "warn"))
        if container.last_message:
            lines.append(_fact("    it said", container.last_message))
    if container.memory_limit is not None:
        lines.append(_fact("    memory limit", gib(container.memory_limit)))
    return lines


def _restarts(container: Container) -> tuple[str, str]:
    return (f"  {container.restarts} restarts" if container.restarts else "", "warn")


def _workload(store: Store, workload: Workload) -> list[Line]:
    lines = [_fact("kind", workload.kind)]
    for name in ("desired", "ready", "updated", "available"):
        count = getattr(workload, name)
        lines.append(_fact(name, "?" if count is None else str(count)))
    lines += [_fact("image", image) for image in workload.images]
    if workload.schedule:
        lines.append(_fact("schedule", workload.schedule))
    lines += _conditions(workload.conditions, 0.0)
    mine = [pod for pod in store.pods.values() if _belongs(store, pod, workload)]
    lines += [(), _title(f"Pods ({len(mine)})")]
    for pod in mine[:50]:
        status = store.pod_statuses.get(pod.uid)
        lines.append(((f"  {pod.name}  ", ""), (status.word if status else "?", status.tone if status else "dim")))
    return lines


def _belongs(store: Store, pod: Pod, workload: Workload) -> bool:
    root = controller_of(pod, store.workload)
    return root is not None and root.uid == workload.uid


def _node(store: Store, node: Node) -> list[Line]:
    handlers = "the kubelet does not say" if node.runtime_handlers is None else ", ".join(node.runtime_handlers)
    lines = [
        _fact("roles", ", ".join(node.roles) or "none"),
        _fact("address", node.internal_ip or "?"),
        _fact("system", f"{node.os_image}  {node.kernel}  {node.architecture}"),
        _fact("kubelet", node.kubelet_version),
        _fact("runtime", node.container_runtime),
        _fact("handlers", handlers or "none"),
        _fact(
            "capacity",
            f"cpu {node.capacity_cpu or '?'}  memory {gib(node.allocatable_memory)}  "
            f"pods {node.allocatable_pods or '?'}  gpu {'none named' if node.gpus is None else node.gpus}",
        ),
        _fact("pods", str(store.pods_on(node.name))),
    ]
    usage = store.node_usage.get(node.name)
    if usage:
        lines.append(_fact("usage", f"cpu {cores(usage.cpu)}  memory {gib(usage.memory)}  ({usage.source})"))
    if node.unschedulable:
        lines.append(_fact("scheduling", "disabled (cordoned)", "warn"))
    lines += [_fact("taint", taint) for taint in node.taints]
    return lines + _conditions(node.conditions, 0.0)


def _application(application: Application, now: float) -> list[Line]:
    lines = [
        _fact("project", application.project),
        _fact("repository", application.repo),
        _fact("path", application.path or "-"),
        _fact("target", application.target_revision or "HEAD"),
        _fact("goes to", application.destination_namespace or "-"),
        _fact("sync", application.sync or "?"),
        _fact("health", f"{application.health or '?'}  {application.health_message}"),
        _fact("revision", application.revision or "-"),
        _fact(
            "deployed",
            f"{application.deployed_revision or '-'}  {clock.age(application.deployed_at, now)} ago"
            if application.deployed_at
            else "never",
        ),
        _fact("compared", f"{clock.age(application.reconciled_at, now)} ago"),
        _fact("auto-sync", "on" if application.auto_sync else "off"),
    ]
    if application.parent:
        lines.append(_fact("made by", application.parent))
    for one in application.conditions:
        lines.append(_fact(one.type, one.message, "bad" if one.type.endswith("Error") else "warn"))
    if application.operation:
        operation = application.operation
        who = "auto-sync" if operation.automated else operation.initiated_by or "?"
        lines += [(), _title("Last operation"), _fact("  phase", operation.phase), _fact("  by", who)]
        lines += [_fact("  message", operation.message)]
        lines += [
            _fact(f"  {one.kind}/{one.name}", f"{one.hook_phase or one.status}  {one.message}")
            for one in operation.resources
        ]
    if application.sync == "Unknown":
        return [*lines, (), (("What differs is not known while sync is Unknown.", "dim"),)]
    if application.out_of_sync:
        lines += [(), _title("Not in sync")]
        lines += [_fact(f"  {one.kind}/{one.name}", one.status, "warn") for one in application.out_of_sync]
    return lines


def _conditions(conditions: Iterable[Condition], now: float) -> list[Line]:
    lines: list[Line] = [(), _title("Conditions")]
    for one in conditions:
        since = f"  {clock.age(one.since, now)}" if now and one.since else ""
        lines.append(_fact(f"  {one.type}", f"{one.status}{since}  {one.reason}  {one.message}".rstrip()))
    return lines if len(lines) > 2 else []


def _events(events: Iterable[KubeEvent], now: float) -> list[Line]:
    lines: list[Line] = [(), _title("Warnings")]
    for one in events:
        ago = clock.age(one.last_at or one.first_at, now)
        times = f" x{one.count}" if one.count > 1 else ""
        lines.append(((f"  {ago:>6} ", "dim"), (f"{one.reason}{times}  ", "warn"), (one.message, "")))
    return lines if len(lines) > 2 else [(), (("No warnings about it were heard.", "dim"),)]


def _title(text: str) -> Line:
    return ((text, "title"),)


def _fact(name: str, value: str, tone: str = "") -> Line:
    return ((f"{name:<16} ", "dim"), (value, tone))

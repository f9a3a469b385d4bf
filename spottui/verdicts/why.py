"""Why a pod is not ready: one sentence of cause, one of advice, for every way that a pod can fail; pure.

What is said verbatim (statuses, conditions, events) is read by `why_messages`; what is not known falls back to the
raw reason, never to silence.
"""

from __future__ import annotations

from collections.abc import Sequence

from spottui.records import Condition, KubeEvent, Node, Pod
from spottui.verdicts.conditions import condition, is_true
from spottui.verdicts.pod_status import PodStatus
from spottui.verdicts.why_container import latest, messages, said, sentence, why_container, why_ended
from spottui.verdicts.why_messages import meaning
from spottui.verdicts.why_record import Around, Severity, Why
from spottui.verdicts.why_unscheduled import unscheduled

STUCK_AFTER = 60.0
"""Seconds past the end of its grace period after which a deleted pod is stuck."""

NOTHING_AROUND = Around()


def why(
    pod: Pod, status: PodStatus, warnings: Sequence[KubeEvent], now: float, around: Around = NOTHING_AROUND
) -> Why | None:
    """Return why a pod is not ready; None for one that is, that is done, or that is only on its way out.

    `warnings` are the pod's own Warning Events, oldest first.
    """
    if pod.deleted_at is not None:
        return _terminating(pod, around, now)
    if status.tone in ("good", "dim"):
        return None
    if pod.phase == "Failed":
        return _failed(pod, status, around)
    scheduled = condition(pod.conditions, "PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        return _unscheduled(pod, scheduled, around)
    node = around.nodes.get(pod.node)
    if node is not None and (lost := _node_gone(pod, node)) is not None:
        return lost
    for container in pod.containers:
        if (found := why_container(container, pod, warnings, around)) is not None:
            return found
    return _on_its_way(pod, status, warnings, around)


def why_refused(text: str) -> Why:
    """Return why no pod is made at all, from what a controller or the API server said."""
    known = meaning(text)
    if known is not None:
        return said(known)
    return Why(code="REFUSED", cause=sentence(text) or "The API server refused the pods.", advice="Read its events.")


# -- the pod as a whole ----------------------------------------------------------------------------------


def _terminating(pod: Pod, around: Around, now: float) -> Why | None:
    since = pod.deleted_at
    if since is None or now - since < STUCK_AFTER:
        return None
    if pod.finalizers:
        names = ", ".join(pod.finalizers)
        cause = f"It was deleted, but its finalizer {names} holds it."
        return Why(
            code="FINALIZER",
            cause=cause,
            advice="Look at the controller that sets the finalizer; it must take it off.",
            severity="warn",
            since=since,
        )
    node = around.nodes.get(pod.node)
    if node is not None and (lost := _node_gone(pod, node)) is not None:
        return Why(
            code="NODE_GONE",
            cause=f"It was deleted, but {lost.cause[0].lower()}{lost.cause[1:]}",
            advice="It goes when the node is back; by force only if the node is surely off.",
            severity="warn",
            since=since,
        )
    return Why(
        code="TERMINATING",
        cause="It was deleted, but its containers or mounts have not ended.",
        advice="Look at its events and at the node; a process may ignore SIGTERM or hang in a dead mount.",
        severity="warn",
        since=since,
    )


def _failed(pod: Pod, status: PodStatus, around: Around) -> Why:
    ended = [each for each in pod.containers if each.state == "terminated" and each.exit_code]
    since = max((each.finished_at for each in ended if each.finished_at is not None), default=pod.started_at)
    known = meaning(f"{pod.reason}: {pod.message}") if pod.reason or pod.message else None
    severity: Severity = "warn" if pod.reason in ("Evicted", "NodeShutdown", "Terminated") else "bad"
    if known is not None:
        return said(known, severity=severity, since=since)
    if pod.message or not ended:
        cause = sentence(pod.message) or sentence(pod.reason) or f"It failed ({status.word}), and nothing says why."
        code = pod.reason or "FAILED"
        return Why(code=code, cause=cause, advice="Look at its events.", severity=severity, since=since)
    return why_ended(ended[0], pod, around, since=since)


def _unscheduled(pod: Pod, scheduled: Condition, around: Around) -> Why:
    since = pod.created_at if scheduled.since is None else scheduled.since
    if scheduled.reason == "SchedulingGated":
        gates = ", ".join(pod.scheduling_gates) or "a gate"
        return Why(
            code="GATED",
            cause=f"It is not scheduled yet: it waits for {gates}.",
            advice="Whoever set the scheduling gate must take it off.",
            severity="warn",
            since=since,
        )
    found = unscheduled(pod, scheduled.message, around.nodes.values(), around.pods())
    runtime = around.runtimes.get(pod.runtime_class)
    if found.code == "SELECTOR" and runtime is not None and runtime.node_selector:
        wanted = ", ".join(f"{key}={value}" for key, value in runtime.node_selector.items())
        return Why(
            code="WASM_NODE",
            cause=f"RuntimeClass {runtime.name} wants a node labelled {wanted}, and there is none.",
            advice="Provision the node for it (4 Wasm); the provisioner sets the label.",
            since=since,
        )
    return Why(code=found.code, cause=found.cause, advice=found.advice, since=since)


def _node_gone(pod: Pod, node: Node) -> Why | None:
    ready = condition(node.conditions, "Ready")
    if ready is None or ready.status == "True":
        return None
    word = "does not answer" if ready.status == "Unknown" else "is not ready"
    said = f": {ready.message.rstrip('.')}" if ready.message and ready.status == "False" else ""
    return Why(
        code="NODE_GONE",
        cause=f"Its node {node.name} {word}{said}.",
        advice="Look at the node and its link (2 Nodes, 6 Links).",
        since=ready.since,
    )


def _on_its_way(pod: Pod, status: PodStatus, warnings: Sequence[KubeEvent], around: Around) -> Why:
    """Judge a pod that is coming up, or up and not ready."""
    since = max(
        (each.started_at for each in pod.containers if each.state == "running" and each.started_at is not None),
        default=pod.created_at,
    )
    for text in messages(warnings):
        if (known := meaning(text)) is not None:
            severity: Severity = "warn" if known.code == "PROBE" else "bad"
            return said(known, severity=severity, since=since)
    if (handler := _handler_missing(pod, around)) is not None:
        return handler
    if latest(warnings):
        return Why(
            code=warnings[-1].reason, cause=sentence(latest(warnings)), advice="Look at its events.", since=since
        )
    running = [each for each in pod.containers if each.state == "running"]
    init = next((each for each in running if each.is_init and not each.is_sidecar), None)
    if init is not None:
        return Why(
            code="INIT",
            cause=f"Its init container {init.name} has not ended yet.",
            advice=f"Read the logs of {init.name}: it waits for something, or is slow.",
            severity="warn",
            since=since,
            container=init.name,
        )
    unready = [each.name for each in running if not each.ready]
    gates = [gate for gate in pod.readiness_gates if not is_true(pod.conditions, gate)]
    if gates and not unready:
        return Why(
            code="READINESS_GATE",
            cause=f"Its containers are ready; it waits for readiness gate {', '.join(gates)}.",
            advice="Whoever sets that condition has not done so.",
            severity="warn",
            since=since,
        )
    if unready:
        return Why(
            code="NOT_READY",
            cause=f"{', '.join(unready)} runs, but is not ready, and no probe's answer was heard.",
            advice="Read its logs.",
            severity="warn",
            since=since,
            container=unready[0],
        )
    what = "pulls its image or sets up its volumes" if pod.node else "waits for the scheduler"
    return Why(
        code="STARTING",
        cause=f"It {what}; nothing went wrong so far.",
        advice="Wait; a large image takes its time on a thin link.",
        severity="warn",
        since=since,
    )


def _handler_missing(pod: Pod, around: Around) -> Why | None:
    """Compare the RuntimeClass with what the node's kubelet says it has; not said is not "no"."""
    if not pod.runtime_class:
        return None
    runtime, node = around.runtimes.get(pod.runtime_class), around.nodes.get(pod.node)
    if runtime is None or node is None or node.runtime_handlers is None or runtime.handler in node.runtime_handlers:
        return None
    return Why(
        code="HANDLER_NOT_CONFIGURED",
        cause=f'Node {node.name} has no runtime handler "{runtime.handler}", which RuntimeClass {runtime.name} names.',
        advice=f"Provision the node for {runtime.handler} (4 Wasm).",
        since=pod.created_at,
    )

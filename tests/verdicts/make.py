"""Short ways to make records for the tests of the verdicts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spottui.records import Access, Condition, Container, Finding, KubeEvent, Node, Owner, Pod, Workload
from spottui.records_argocd import Application
from spottui.verdicts.findings import find
from spottui.verdicts.pod_status import pod_status

NOW = 1_800_000_000.0


def running(name: str = "main", *, ready: bool = True, **more: Any) -> Container:
    return Container(name=name, state="running", ready=ready, started_at=NOW - 600, **more)


def waiting(reason: str, name: str = "main", **more: Any) -> Container:
    return Container(name=name, state="waiting", reason=reason, **more)


def ended(code: int, reason: str = "", name: str = "main", **more: Any) -> Container:
    return Container(name=name, state="terminated", exit_code=code, reason=reason, **more)


def init(container: Container, *, sidecar: bool = False, **more: Any) -> Container:
    facts = {field: getattr(container, field) for field in container.__struct_fields__}
    return Container(**{**facts, "is_init": True, "is_sidecar": sidecar, **more})


def a_pod(*containers: Container, phase: str = "Running", uid: str = "pod-1", **more: Any) -> Pod:
    facts: dict[str, Any] = {"name": uid, "namespace": "robot", "created_at": NOW - 3600, **more}
    return Pod(uid=uid, phase=phase, containers=containers, **facts)


def a_workload(kind: str = "Deployment", uid: str = "deployment-1", **more: Any) -> Workload:
    facts: dict[str, Any] = {"name": uid, "namespace": "robot", "created_at": NOW - 3600, **more}
    return Workload(kind=kind, uid=uid, **facts)


def an_event(reason: str, message: str, about: str, at: float = NOW - 10, **more: Any) -> KubeEvent:
    facts: dict[str, Any] = {
        "uid": f"event-{reason}-{about}",
        "name": "event",
        "namespace": "robot",
        "created_at": at,
        "type": "Warning",
        "object_kind": "Pod",
        "object_name": about,
        "object_uid": about,
        "first_at": at,
        "last_at": at,
        **more,
    }
    return KubeEvent(reason=reason, message=message, **facts)


def owned_by(kind: str, uid: str) -> Owner:
    return Owner(kind, uid, uid)


def ready(status: str = "True") -> Condition:
    return Condition("Ready", status)


def judge(
    *objects: Pod | Workload | Node | Application | KubeEvent, access: dict[str, Access] | None = None
) -> tuple[Finding, ...]:
    """Return the findings of a small cluster."""
    by_kind: dict[type, dict[str, Any]] = {kind: {} for kind in (Pod, Workload, Node, Application, KubeEvent)}
    for one in objects:
        by_kind[type(one)][one.uid] = one
    return find(
        pods=by_kind[Pod],
        statuses={uid: pod_status(pod) for uid, pod in by_kind[Pod].items()},
        workloads=by_kind[Workload],
        nodes=by_kind[Node],
        applications=by_kind[Application],
        events=by_kind[KubeEvent],
        access=access or {},
        now=NOW,
    )


def only(*objects: Pod | Workload | Node | Application | KubeEvent) -> Finding:
    (finding,) = judge(*objects)
    return finding


def a_node(*conditions: Condition, **more: Any) -> Node:
    return Node(uid="n", name="spot-core", namespace="", created_at=0.0, conditions=conditions, **more)


def an_app(uid: str = "nav", **more: Any) -> Application:
    facts: dict[str, Any] = {"sync": "Synced", "health": "Healthy", "reconciled_at": NOW - 20, **more}
    return Application(uid=uid, name=uid, namespace="argocd", created_at=0.0, **facts)


_words = st.sampled_from(
    ["", "Completed", "Error", "PodInitializing", "CrashLoopBackOff", "OOMKilled", "ImagePullBackOff", "x\u202ey"]
)
_numbers = st.none() | st.integers(-1, 300)
_times = st.none() | st.floats(0, 4e9, allow_nan=False)

containers = st.builds(
    Container,
    name=st.sampled_from(["a", "b", "c"]),
    is_init=st.booleans(),
    is_sidecar=st.booleans(),
    state=st.sampled_from(["", "waiting", "running", "terminated"]),
    reason=_words,
    exit_code=_numbers,
    signal=_numbers,
    started_at=_times,
    finished_at=_times,
    ready=st.booleans(),
    started=st.none() | st.booleans(),
    restarts=st.integers(0, 9),
    last_reason=_words,
    last_exit_code=_numbers,
    last_finished_at=_times,
    memory_limit=_numbers,
)
conditions = st.builds(
    Condition,
    type=st.sampled_from(["Ready", "Initialized", "PodScheduled", "x"]),
    status=st.sampled_from(["True", "False", "Unknown", ""]),
    reason=st.sampled_from(["", "SchedulingGated", "Unschedulable"]),
    since=_times,
)


@st.composite
def pods(draw: st.DrawFn) -> Pod:
    """Draw any pod, the impossible ones too: what a broken kubelet writes must not end the program."""
    held = draw(st.lists(containers, max_size=5))
    return Pod(
        uid=draw(st.sampled_from(["1", "2", "3"])),
        name="p",
        namespace="n",
        created_at=draw(_times),
        deleted_at=draw(_times),
        phase=draw(st.sampled_from(["", "Pending", "Running", "Succeeded", "Failed", "Unknown"])),
        reason=draw(st.sampled_from(["", "Evicted", "NodeLost"])),
        owner=draw(st.none() | st.builds(Owner, st.just("ReplicaSet"), st.just("r"), st.sampled_from("rd"))),
        containers=tuple(held),
        status_order=tuple(draw(st.permutations(range(len(held))))) if draw(st.booleans()) else (),
        conditions=tuple(draw(st.lists(conditions, max_size=4))),
        readiness_gates=draw(st.sampled_from([(), ("gate",)])),
    )

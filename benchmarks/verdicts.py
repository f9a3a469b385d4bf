"""Measures what the verdicts of a large cluster cost: all findings, every pod's own verdict, and the Wasm tables.

    python -m benchmarks.verdicts --pods 5000

The pods are of 500 owners; a tenth is broken in ten ways, a twentieth is wasm. Each figure is the best of several runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from spottui.events import ObjectsHeard, UsageHeard
from spottui.records import Condition, Container, KubeEvent, Node, Owner, Pod, Usage, WasmRuntime, Workload
from spottui.screens.wasm_rows import runtime_rows, wasm_pods
from spottui.store import Store
from spottui.store_findings import findings, trouble_of

NOW = 1_800_000_000.0
WAYS: tuple[dict[str, object], ...] = (
    {"state": "waiting", "reason": "CrashLoopBackOff", "restarts": 9, "last_exit_code": 1, "last_reason": "Error"},
    {
        "state": "waiting",
        "reason": "CrashLoopBackOff",
        "restarts": 9,
        "last_exit_code": 137,
        "last_reason": "OOMKilled",
    },
    {"state": "waiting", "reason": "ImagePullBackOff", "message": "Back-off pulling image"},
    {"state": "waiting", "reason": "ContainerCreating"},
    {"state": "waiting", "reason": "CreateContainerConfigError", "message": 'configmap "c" not found'},
    {"state": "running", "started_at": NOW - 900},
)
SAID = (
    'Failed to pull image "r/x:1": dial tcp: lookup r on 10.152.183.10:53: no such host',
    'no runtime for "wasmedge" is configured',
    "Readiness probe failed: HTTP probe failed with statuscode: 503",
)


def a_pod(number: int) -> Pod:
    is_broken, is_wasm = number % 10 == 0, number % 20 == 0
    fields = WAYS[number // 10 % len(WAYS)] if is_broken else {"state": "running", "ready": True}
    main = Container(name="main", image="r/x:1", **fields)  # type: ignore[arg-type]
    owner = Owner("ReplicaSet", f"rs-{number // 10}", f"rs-{number // 10}")
    return Pod(
        uid=f"p{number}",
        name=f"app-{number}",
        namespace=f"ns-{number % 7}",
        created_at=NOW - 3600,
        phase="Running",
        node="node-0",
        owner=owner,
        containers=(main,),
        runtime_class="wasmedge" if is_wasm else "",
        conditions=(Condition("Ready", "False" if is_broken else "True", since=NOW - 900),),
    )


def an_event(number: int) -> KubeEvent:
    return KubeEvent(
        uid=f"e{number}",
        name="e",
        namespace="ns",
        created_at=NOW - 60,
        type="Warning",
        reason="Failed",
        message=SAID[number % len(SAID)],
        object_kind="Pod",
        object_name="p",
        object_uid=f"p{number * 10}",
        last_at=NOW - 60,
    )


def a_store(count: int) -> Store:
    store = Store()
    pods = tuple(a_pod(number) for number in range(count))
    sets = tuple(
        Workload(
            uid=f"rs-{number}",
            name=f"rs-{number}",
            namespace="ns",
            created_at=NOW - 3600,
            kind="ReplicaSet",
            desired=10,
        )
        for number in range(count // 10)
    )
    node = Node(uid="n", name="node-0", namespace="", created_at=NOW - 9000, runtime_handlers=("", "runc"))
    wasm = WasmRuntime(uid="w", name="wasmedge", namespace="", created_at=NOW, handler="wasmedge")
    events = tuple(an_event(number) for number in range(count // 10))
    for kind, records in (
        ("pods", pods),
        ("replicasets", sets),
        ("nodes", (node,)),
        ("runtimeclasses", (wasm,)),
        ("events", events),
    ):
        store.apply(ObjectsHeard(kind, records, (), NOW))
    store.apply(UsageHeard({}, {(pod.namespace, pod.name): Usage(0.1, 2**26, NOW, "x") for pod in pods}, NOW, ""))
    return store


def best(work: Callable[[], object], runs: int = 5) -> float:
    """Return the milliseconds of the quickest run."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return min(times)


@click.command()
@click.option("--pods", default=5000, show_default=True, help="Pods of the cluster.")
def main(pods: int) -> None:
    """Print the milliseconds of each piece."""
    store = a_store(pods)
    broken = [pod for uid, pod in store.pods.items() if store.pod_statuses[uid].tone != "good"]
    print(f"{pods} pods, {len(broken)} of them broken, {len(findings(store, NOW))} findings\n")
    print("| | measured | wanted |\n|---|---|---|")
    for name, work, wanted in (
        ("findings: verdicts of all pods, ranked and folded", lambda: findings(store, NOW), "<= 150 ms"),
        ("wasm pods of screen 4", lambda: wasm_pods(store, NOW), ""),
        ("runtimes x nodes", lambda: runtime_rows(store, NOW), ""),
        ("one pod, for its details", lambda: trouble_of(store, broken[0], NOW), ""),
    ):
        print(f"| {name} | {best(work):.1f} ms | {wanted} |")


if __name__ == "__main__":
    main()

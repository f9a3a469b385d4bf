"""Many troubles with one cause are one line, and what the robot cannot do without stands first."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from spottui.records import Condition, Finding, Pod, WasmRuntime, Workload
from spottui.records_wasm import SpinApp
from spottui.verdicts.findings import find
from spottui.verdicts.folding import CRITICAL, FOLD_FROM, application_of, folded
from spottui.verdicts.pod_status import pod_status
from spottui.verdicts.troubles import PROVISION
from spottui.verdicts.why_record import Around

from .make import NOW, a_node, a_pod, a_workload, an_app, an_event, judge, only, owned_by, ready, running, waiting

CRASH = waiting("CrashLoopBackOff", restarts=4, last_exit_code=3, last_reason="Error", last_finished_at=NOW - 50)
TRACKED = {"argocd.argoproj.io/tracking-id": "filters:apps/Deployment:wasm/obstacle-filter"}


def broken(name: str, **more: Any) -> tuple[Workload, Pod]:
    owner = a_workload("StatefulSet", name, desired=1, ready=0, **more)
    return owner, a_pod(CRASH, uid=f"{name}-0", owner=owned_by("StatefulSet", name))


def test_five_hundred_broken_pods_give_a_short_list() -> None:
    one_owner = [a_pod(CRASH, uid=f"a{n}", owner=owned_by("StatefulSet", "many")) for n in range(250)]
    apart = [thing for n in range(250) for thing in broken(f"owner-{n:03}")]
    found = judge(a_workload("StatefulSet", "many", desired=250, ready=0), *one_owner, *apart)
    assert len(found) == 1
    assert found[0].subject == "251 workloads" and "and 248 more, likewise: " in found[0].text
    assert found[0].target is None and found[0].advice


def test_few_are_told_one_by_one() -> None:
    found = judge(*(thing for n in range(FOLD_FROM - 1) for thing in broken(f"owner-{n}")))
    assert len(found) == FOLD_FROM - 1


def test_what_is_critical_comes_first_and_is_never_folded_away() -> None:
    many = [thing for n in range(9) for thing in broken(f"owner-{n}")]
    vital, pod = broken("localizer", labels={CRITICAL: "true"})
    young = replace(pod, containers=(replace(CRASH, last_finished_at=NOW - 5),))
    found = judge(*many, vital, young)
    assert [one.subject for one in found] == ["robot/statefulset/localizer", "9 workloads"]
    assert [one.is_critical for one in found] == [True, False]
    noted = replace(pod, annotations={CRITICAL: "true"})
    assert only(noted).is_critical
    assert not only(replace(noted, annotations={CRITICAL: "false"})).is_critical


def test_a_critical_warning_comes_before_an_error_that_the_robot_can_live_with() -> None:
    warned = a_pod(running(ready=False), uid="warned", annotations={CRITICAL: "yes"})
    found = judge(a_pod(CRASH, uid="bad"), warned)
    assert [(one.target.name if one.target else "", one.severity) for one in found] == [
        ("warned", "warn"),
        ("bad", "bad"),
    ]


def test_the_pods_of_a_lost_node_are_told_of_the_node() -> None:
    lost = a_node(Condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.", NOW - 300))
    pods = [a_pod(running(ready=False), uid=f"p{n}", node="spot-core") for n in range(4)]
    found = find(
        pods={pod.uid: pod for pod in pods},
        statuses={pod.uid: pod_status(pod) for pod in pods},
        workloads={},
        nodes={lost.uid: lost},
        applications={},
        events={},
        access={},
        now=NOW,
        around_of=lambda pod: Around({lost.name: lost}),
    )
    (finding,) = found
    assert finding.subject == "node/spot-core" and "4 of its pods are not ready for that" in finding.text
    assert finding.is_critical


def test_an_application_that_is_degraded_for_a_workload_is_told_with_it() -> None:
    owner, pod = broken("obstacle-filter", annotations=TRACKED)
    degraded = an_app("filters", health="Degraded")
    finding = only(owner, pod, degraded)
    assert finding.subject == "robot/statefulset/obstacle-filter"
    assert finding.text.endswith("; app filters is Degraded for it.")
    found = judge(
        owner, pod, an_app("filters", health="Degraded", sync="OutOfSync"), an_app("other", health="Degraded")
    )
    assert {one.subject: one.text for one in found if one.subject.startswith("app")} == {
        "app filters": "OutOfSync: auto-sync off",
        "app other": "Degraded",
    }


def test_an_object_names_its_application_by_id_label_or_the_spin_app_above() -> None:
    tracked = a_workload(annotations={"argocd.argoproj.io/tracking-id": "team_filters:apps/Deployment:wasm/x"})
    assert application_of(tracked) == "filters"
    assert application_of(a_workload(labels={"app.kubernetes.io/instance": "edge"})) == "edge"
    app = SpinApp(uid="app", name="geofence", namespace="edge", created_at=0.0, annotations=TRACKED)
    assert application_of(a_workload(owner=owned_by("SpinApp", "app")), {"app": app}) == "filters"
    assert application_of(a_workload()) == ""


def test_a_wasm_pod_without_its_runtime_offers_to_provision_the_node_and_a_gpu_pod_does_not() -> None:
    said = 'rpc error: unable to get OCI runtime for sandbox "x": no runtime for "wasmedge" is configured'

    def key(name: str) -> str:
        pod = a_pod(waiting("ContainerCreating"), phase="Pending", runtime_class=name, node="spot-core")
        classes = {name: WasmRuntime(uid="r", name=name, namespace="", created_at=0.0, handler=name)}
        event = an_event("FailedCreatePodSandBox", said, pod.uid)
        (finding,) = find(
            pods={pod.uid: pod},
            statuses={pod.uid: pod_status(pod)},
            workloads={},
            nodes={},
            applications={},
            events={event.uid: event},
            access={},
            now=NOW,
            around_of=lambda pod: Around({}, classes),
        )
        assert finding.code == "HANDLER_NOT_CONFIGURED" and finding.advice.endswith(".")
        return finding.key

    assert key("wasmedge") == PROVISION
    assert key("nvidia") != PROVISION


findings = st.builds(
    Finding,
    id=st.uuids().map(str),
    severity=st.sampled_from(["bad", "warn"]),
    subject=st.sampled_from(["a/b", "c/d"]),
    text=st.text(max_size=20),
    since=st.none() | st.floats(0, 4e9),
    code=st.sampled_from(["OOM", "EXIT", ""]),
    is_critical=st.booleans(),
)


@given(st.lists(findings, max_size=60, unique_by=lambda one: one.id))
def test_folding_loses_nothing_critical_and_counts_the_rest(held: list[Finding]) -> None:
    found = list(folded(held))
    assert [one for one in found if one.is_critical] == [one for one in held if one.is_critical]
    count = sum(int(one.subject.split()[0]) if one.id.startswith("many:") else 1 for one in found)
    assert count == len(held)
    assert len({one.id for one in found}) == len(found)


def test_a_node_that_is_well_says_nothing() -> None:
    assert judge(a_node(ready())) == ()

"""What deserves attention now: troubles gathered by the object that one would act on, the worst for the robot first.

What is one trouble is one line: the pods of an owner, many owners with the same cause, the pods of a lost node, an
Application that is degraded because of a workload that is told of already.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Set

from spottui.records import Access, Finding, KubeEvent, Node, Pod, Target, Workload
from spottui.records_appsets import ApplicationSet
from spottui.records_argocd import Application
from spottui.records_wasm import WASM_KINDS, SpinApp
from spottui.verdicts.app_sets import set_trouble
from spottui.verdicts.app_troubles import application_troubles, is_stale, stale_trouble
from spottui.verdicts.finding import finding_of
from spottui.verdicts.findings_owners import Troubled, Warnings
from spottui.verdicts.folding import explained, folded, rank
from spottui.verdicts.pod_status import PodStatus
from spottui.verdicts.robot_findings import RobotView, robot_findings
from spottui.verdicts.sensors import SensorOf
from spottui.verdicts.troubles import Trouble, node_troubles
from spottui.verdicts.why_record import Around

QUIET = (*WASM_KINDS, "applicationsets")
"""Kinds that many may not see and can do without: their own screens say so."""


def find(
    *,
    pods: Mapping[str, Pod],
    statuses: Mapping[str, PodStatus],
    workloads: Mapping[str, Workload],
    nodes: Mapping[str, Node],
    applications: Mapping[str, Application],
    events: Mapping[str, KubeEvent],
    access: Mapping[str, Access],
    now: float,
    robot: RobotView | None = None,
    sensor_of: SensorOf | None = None,
    around_of: Callable[[Pod], Around] | None = None,
    spin_apps: Mapping[str, SpinApp] = {},
    seen_at: float | None = None,
    app_sets: Mapping[str, ApplicationSet] = {},
    is_old: Callable[[Application], bool] | None = None,
) -> tuple[Finding, ...]:
    """Return what deserves attention: what the robot cannot do without, then bad before warn, then the oldest.

    All but `access` (by plural kind) are by UID; `workloads` holds all kinds, ReplicaSets and Jobs too. `robot`
    is None where none is configured; `sensor_of` tells how a sensor stands that a pod declares, `around_of` what
    else may explain a pod. `seen_at` is when pods and workloads were seen last, where that is not now: a pod that
    was starting then has not been starting ever since. `is_old` tells whether an Application was not compared for
    too long.
    """
    seen = now if seen_at is None else seen_at
    troubled = Troubled(pods, statuses, workloads, Warnings(events), seen, sensor_of, around_of)
    broken = list(troubled.findings())
    degraded = explained(applications.values(), [(troubled.root_of(one), one) for one in broken], spin_apps)
    found = [
        *_access_findings(access),
        *_node_findings(nodes, troubled.lost),
        *folded([degraded.told(one) for one in broken]),
        *_application_findings(applications, access, now, degraded.apps, is_old),
        *_app_set_findings(app_sets),
        *(robot_findings(robot, now) if robot is not None else ()),
    ]
    found.sort(key=lambda one: rank(one, now))
    return tuple(found)


def _access_findings(access: Mapping[str, Access]) -> Iterator[Finding]:
    """Yield what keeps us from seeing: one expired login is one finding, not one per kind."""
    by_state: defaultdict[str, list[str]] = defaultdict(list)
    for kind, standing in access.items():
        by_state[standing.state].append(kind)
    for state, word in (
        ("expired", "login expired"),
        ("forbidden", "you may not see"),
        ("failed", "cannot be read"),
    ):
        kinds = [kind for kind in by_state.get(state, ()) if state != "forbidden" or kind not in QUIET]
        if kinds:  # a server without these kinds forbids them to whom it does not know for sure
            names = ", ".join(kinds)
            text = f"{names}: {access[kinds[0]].reason}"
            trouble = Trouble("warn" if state == "forbidden" else "bad", word, text, None)
            yield finding_of(f"access:{state}", "access", [trouble], None)


def _node_findings(nodes: Mapping[str, Node], lost: Counter[str]) -> Iterator[Finding]:
    for node in nodes.values():
        if troubles := node_troubles(node):
            target = Target(kind="Node", namespace="", name=node.name, uid=node.uid)
            if lost[node.name]:
                cause = f"{lost[node.name]} of its pods are not ready for that"
                troubles = [*troubles, Trouble("bad", "pods", cause, None)]
            is_lost = troubles[0].word in ("not ready", "not heard from")
            yield finding_of(f"node:{node.uid}", f"node/{node.name}", troubles, target, is_critical=is_lost)


def _application_findings(
    applications: Mapping[str, Application],
    access: Mapping[str, Access],
    now: float,
    explained: Set[str],
    is_old: Callable[[Application], bool] | None,
) -> Iterator[Finding]:
    """Yield those of the Applications; of the `explained` (UIDs) nothing that a workload's finding says already."""
    stale = []
    for app in applications.values():
        troubles = application_troubles(app)
        if app.uid in explained:
            troubles = [each for each in troubles if each.word != "Degraded"]
        if troubles:
            yield _application_finding(app, troubles)
        if is_old(app) if is_old is not None else is_stale(app, now):
            stale.append(app)
    standing = access.get("applications")
    if not stale or (standing is not None and standing.state != "live"):  # then it is our news that are old
        return
    if len(stale) == 1:
        yield _application_finding(stale[0], [stale_trouble(stale, now)], ":stale")
        return
    trouble = stale_trouble(stale, now)
    subject = f"{len(stale)} of {len(applications)} applications"
    yield finding_of("applications:stale", subject, [trouble], None)


def _app_set_findings(app_sets: Mapping[str, ApplicationSet]) -> Iterator[Finding]:
    for one in app_sets.values():
        if (trouble := set_trouble(one)) is not None:
            yield finding_of(f"applicationset:{one.uid}", f"appset {one.name}", [trouble], None)


def _application_finding(app: Application, troubles: list[Trouble], more: str = "") -> Finding:
    target = Target(kind="Application", namespace=app.namespace, name=app.name, uid=app.uid)
    return finding_of(f"application:{app.uid}{more}", f"app {app.name}", troubles, target)

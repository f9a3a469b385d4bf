"""What deserves attention now: troubles gathered by the object that one would act on, the worst for the robot first.

What is one trouble is one line: the pods of an owner, many owners with the same cause, the pods of a lost node, an
Application that is degraded because of a workload that is told of already.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Set

from msgspec.structs import replace

from spottui.records import (
    Access,
    Application,
    Finding,
    KubeEvent,
    Node,
    Pod,
    Target,
    Workload,
)
from spottui.records_appsets import ApplicationSet
from spottui.records_wasm import WASM_KINDS, SpinApp
from spottui.verdicts.app_sets import set_trouble
from spottui.verdicts.app_troubles import application_troubles, is_stale, stale_trouble
from spottui.verdicts.folding import critical, explained, folded, rank
from spottui.verdicts.owners import controller_of, target_of
from spottui.verdicts.pod_status import PodStatus
from spottui.verdicts.robot_findings import RobotView, robot_findings
from spottui.verdicts.sensors import SensorOf, with_sensors
from spottui.verdicts.troubles import GRACE, Trouble, node_troubles, pod_trouble, workload_trouble
from spottui.verdicts.why import NOTHING_AROUND
from spottui.verdicts.why_record import Around

QUIET = (*WASM_KINDS, "applicationsets")
"""Kinds that many may not see and can do without: their own screens say so."""
TEXT_LENGTH = 400
"""Characters of a finding; the whole message is one key away."""


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
    troubled = _Troubled(pods, statuses, workloads, _Warnings(events), seen, sensor_of, around_of)
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


class _Warnings:
    """Warning Events by the UID of their object, put together when first asked for."""

    def __init__(self, events: Mapping[str, KubeEvent]) -> None:
        self._events = [event for event in events.values() if event.type == "Warning"]
        self._by_uid: defaultdict[str, list[KubeEvent]] | None = None

    def of(self, uid: str) -> list[KubeEvent]:
        """Return the Events about an object, oldest first."""
        return self._sorted().get(uid, [])

    def failed_creates(self) -> Iterator[KubeEvent]:
        """Yield the Events that say that pods could not be made, oldest first."""
        for event in sorted(self._events, key=lambda event: event.last_at or 0.0):
            if event.reason == "FailedCreate":
                yield event

    def _sorted(self) -> Mapping[str, list[KubeEvent]]:
        if self._by_uid is None:
            self._by_uid = defaultdict(list)
            for event in sorted(self._events, key=lambda event: event.last_at or 0.0):
                self._by_uid[event.object_uid].append(event)
        return self._by_uid


def _finding(
    id: str, subject: str, troubles: list[Trouble], target: Target | None, count: str = "", *, is_critical: bool = False
) -> Finding:
    """Make one finding of all troubles of one object, the first of them leading."""
    texts = [f"{each.word}: {each.cause}" if each.cause else each.word for each in troubles]
    parts = list(dict.fromkeys(texts))
    text = count + "; ".join([*(part.rstrip(".") for part in parts[:-1]), parts[-1]])
    since = [each.since for each in troubles if each.since is not None]
    return Finding(
        id=id,
        severity="bad" if any(each.severity == "bad" for each in troubles) else "warn",
        subject=subject,
        text=text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…",
        since=min(since, default=None),
        key=troubles[0].key,
        target=target,
        advice=next((each.advice for each in troubles if each.advice), ""),
        code=troubles[0].code,
        is_critical=is_critical,
        container=troubles[0].container,
    )


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
            yield _finding(f"access:{state}", "access", [trouble], None)


def _node_findings(nodes: Mapping[str, Node], lost: Counter[str]) -> Iterator[Finding]:
    for node in nodes.values():
        if troubles := node_troubles(node):
            target = Target(kind="Node", namespace="", name=node.name, uid=node.uid)
            if lost[node.name]:
                cause = f"{lost[node.name]} of its pods are not ready for that"
                troubles = [*troubles, Trouble("bad", "pods", cause, None)]
            is_lost = troubles[0].word in ("not ready", "not heard from")
            yield _finding(f"node:{node.uid}", f"node/{node.name}", troubles, target, is_critical=is_lost)


class _Troubled:
    """The pods and workloads in trouble, gathered by the owner that stands above all."""

    def __init__(
        self,
        pods: Mapping[str, Pod],
        statuses: Mapping[str, PodStatus],
        workloads: Mapping[str, Workload],
        warnings: _Warnings,
        now: float,
        sensor_of: SensorOf | None,
        around_of: Callable[[Pod], Around] | None,
    ) -> None:
        self._pods, self._statuses, self._workloads = pods, statuses, workloads
        self._warnings, self._now, self._sensor_of = warnings, now, sensor_of
        self._around_of = around_of or (lambda pod: NOTHING_AROUND)
        self._groups: defaultdict[str, list[tuple[Pod, Trouble]]] = defaultdict(list)
        self._roots: dict[str, Workload | Pod] = {}
        self._young: set[str] = set()
        self.lost: Counter[str] = Counter()
        """Pods that are not ready because their node is lost, by its name: that is told of the node, once."""

    def root_of(self, finding: Finding) -> Workload | Pod | None:
        """Return the owner (or the bare pod) that a finding is about."""
        uid = finding.target.uid if finding.target is not None else ""
        return self._roots.get(uid) or self._workloads.get(uid)

    def findings(self) -> Iterator[Finding]:
        """Yield one finding per owner: of its pods, of itself, or of both."""
        for uid, status in self._statuses.items():
            self._look(self._pods[uid], status)
        own = _own_troubles(self._workloads, self._warnings, self._young, self._now)
        totals = _pods_per_root(self._pods, self._workloads) if self._groups else Counter[str]()
        for uid in self._groups.keys() | own.keys():
            root = self._roots.get(uid) or self._workloads[uid]
            finding = _root_finding(root, self._groups.get(uid, []), own.get(uid), totals[uid])
            if finding is not None:
                yield finding

    def _look(self, pod: Pod, status: PodStatus) -> None:
        if status.tone == "good" and status.restarts < 3 and pod.deleted_at is None:
            return
        if status.tone == "dim" and pod.deleted_at is None:
            return
        root = controller_of(pod, self._workloads.get) or pod
        self._roots[root.uid] = root
        trouble = pod_trouble(pod, status, self._warnings.of, self._now, self._around_of(pod))
        if trouble is None:
            if pod.created_at is not None and self._now - pod.created_at < GRACE:
                self._young.add(root.uid)
            return
        if trouble.code == "NODE_GONE" and pod.deleted_at is None:
            self.lost[pod.node] += 1
            self._young.add(root.uid)
            return
        if self._sensor_of is not None and pod.annotations:
            trouble = with_sensors(trouble, pod, self._sensor_of)
        self._groups[root.uid].append((pod, trouble))


def _own_troubles(
    workloads: Mapping[str, Workload], warnings: _Warnings, young: set[str], now: float
) -> dict[str, Trouble]:
    """Return the troubles of the workloads that nobody stands above, by UID."""
    refused: defaultdict[str, list[KubeEvent]] = defaultdict(list)
    for event in warnings.failed_creates():
        below = workloads.get(event.object_uid)
        if below is not None:
            refused[(controller_of(below, workloads.get) or below).uid].append(event)
    found: dict[str, Trouble] = {}
    for uid, workload in workloads.items():
        if workload.owner is not None and workload.owner.uid in workloads:
            continue
        if not workload.conditions and not workload.desired:
            continue
        trouble = workload_trouble(workload, refused.get(uid, []), now)
        if trouble is not None and (trouble.cause or uid not in young):
            found[uid] = trouble
    return found


def _root_finding(
    root: Workload | Pod, group: list[tuple[Pod, Trouble]], own: Trouble | None, total: int
) -> Finding | None:
    target = target_of(root)
    name = root.name if isinstance(root, Pod) else str(target)
    subject = f"{root.namespace}/{name}"
    id = f"{target.kind.lower()}:{root.uid}"
    if isinstance(root, Workload) and own is None and root.ready is not None and root.desired is not None:
        if root.ready >= root.desired:  # it is whole again: what an eviction left behind is no trouble
            group = [(pod, trouble) for pod, trouble in group if pod.phase != "Failed"]
    is_critical = any(critical(one) for one in (root, *(pod for pod, _ in group)))
    if not group:
        return None if own is None else _finding(id, subject, [own], target, is_critical=is_critical)
    pod, worst = min(group, key=lambda each: (each[1].severity != "bad", each[1].since or 0.0))
    same = [trouble for _, trouble in group if trouble.word == worst.word]
    troubles = [worst, *([own] if own is not None and own.cause and own.word == "no pods" else [])]
    since = [trouble.since for trouble in same if trouble.since is not None]
    troubles[0] = replace(worst, since=min(since, default=None))
    count = "" if isinstance(root, Pod) or total <= 1 else f"{len(same)} of {total} pods "
    return replace(_finding(id, subject, troubles, target, count, is_critical=is_critical), pod=pod.uid)


def _pods_per_root(pods: Mapping[str, Pod], workloads: Mapping[str, Workload]) -> Counter[str]:
    """Count the pods that are not done by the UID of the owner above all."""
    direct = Counter(pod.owner.uid for pod in pods.values() if pod.owner and pod.phase != "Succeeded")
    totals: Counter[str] = Counter()
    for uid, number in direct.items():
        owner = workloads.get(uid)
        if owner is not None:
            totals[(controller_of(owner, workloads.get) or owner).uid] += number
    return totals


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
    yield _finding("applications:stale", subject, [trouble], None)


def _app_set_findings(app_sets: Mapping[str, ApplicationSet]) -> Iterator[Finding]:
    for one in app_sets.values():
        if (trouble := set_trouble(one)) is not None:
            yield _finding(f"applicationset:{one.uid}", f"appset {one.name}", [trouble], None)


def _application_finding(app: Application, troubles: list[Trouble], more: str = "") -> Finding:
    target = Target(kind="Application", namespace=app.namespace, name=app.name, uid=app.uid)
    return _finding(f"application:{app.uid}{more}", f"app {app.name}", troubles, target)

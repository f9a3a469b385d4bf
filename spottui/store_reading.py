"""What screens and verdicts read from the store; nothing here takes anything in."""

from __future__ import annotations

from typing import cast

from spottui.events import LinkDown, LinkUp, SourceFailed, StoodStill
from spottui.records import Access, Command, KubeEvent, Namespace, Node, Pod, Usage, WasmRuntime, Workload
from spottui.records_argocd import Application, AppProject
from spottui.records_gpu import Gpus
from spottui.records_host import Host
from spottui.records_links import Links, Probe, Ssh, Traffic
from spottui.records_robot import Robot
from spottui.store_apps import AppMemory
from spottui.store_held import Held
from spottui.store_history import Histories
from spottui.store_kinds import KINDS, WORKLOAD_KINDS
from spottui.store_lists import Lists
from spottui.store_owners import resolved
from spottui.store_robot import RobotWatch
from spottui.store_timeline import Timeline
from spottui.store_usage import Peaks


class Reading(Held):
    """The last word on everything, by name."""

    def __init__(self, watch: RobotWatch | None = None) -> None:
        super().__init__(KINDS)
        self.node_usage: dict[str, Usage] = {}
        self.pod_usage: dict[tuple[str, str], Usage] = {}
        self.peaks = Peaks()
        self.usage_heard_at: float | None = None
        self.usage_reason = ""
        """Why there are no numbers, or no newer ones."""
        self.host: Host | None = None
        self.histories = Histories()
        """Curves of what is drawn over time, by name."""
        self.gpus: dict[str, Gpus] = {}
        """By reader: "host", "cluster"."""
        self.watch = watch or RobotWatch()
        self.interfaces: Links | None = None
        self.ssh: Ssh | None = None
        """None: this terminal does not come over SSH."""
        self.probes: tuple[Probe, ...] = ()
        self.probes_left_out = ""
        self.traffic: tuple[Traffic, ...] = ()
        self.low_data = ""
        """Why low-data mode is on; empty: it is off."""
        self.links: dict[str, LinkUp | LinkDown] = {}
        self.stood_still: StoodStill | None = None
        """The last time in which this program did not run."""
        self.failures: dict[str, SourceFailed] = {}
        self.timeline = Timeline(lambda target: resolved(self, target), lambda: self._dirty.add("timeline"))
        self.commands: dict[str, Command] = {}
        self.apps = AppMemory()
        """What is known of Applications beside their records."""
        self.lists = Lists(lambda topic: self._dirty.add(topic))

    @property
    def nodes(self) -> dict[str, Node]:
        """Nodes by UID."""
        return cast("dict[str, Node]", self._objects["nodes"])

    @property
    def pods(self) -> dict[str, Pod]:
        """Pods by UID."""
        return cast("dict[str, Pod]", self._objects["pods"])

    @property
    def namespaces(self) -> dict[str, Namespace]:
        """Namespaces by UID."""
        return cast("dict[str, Namespace]", self._objects["namespaces"])

    @property
    def applications(self) -> dict[str, Application]:
        """Argo CD Applications by UID."""
        return cast("dict[str, Application]", self._objects["applications"])

    @property
    def projects(self) -> dict[str, AppProject]:
        """Argo CD AppProjects by UID."""
        return cast("dict[str, AppProject]", self._objects["appprojects"])

    @property
    def wasm_runtimes(self) -> dict[str, WasmRuntime]:
        """RuntimeClasses by UID."""
        return cast("dict[str, WasmRuntime]", self._objects["runtimeclasses"])

    def runtime_classes(self) -> dict[str, WasmRuntime]:
        """Return the RuntimeClasses by name."""
        return {one.name: one for one in self.wasm_runtimes.values()}

    @property
    def kube_events(self) -> dict[str, KubeEvent]:
        """Kubernetes Warning Events by UID."""
        return cast("dict[str, KubeEvent]", self._objects["events"])

    @property
    def robot(self) -> Robot | None:
        """The robot as last heard; None where none is configured, and before it was heard."""
        return self.watch.robot

    def workloads(self, kind: str) -> dict[str, Workload]:
        """Return the workloads of one plural kind by UID."""
        return cast("dict[str, Workload]", self._objects[kind])

    def workload(self, uid: str) -> Workload | None:
        """Return the workload with this UID, whatever its kind."""
        for kind in WORKLOAD_KINDS:
            found = self._objects[kind].get(uid)
            if found is not None:
                return cast("Workload", found)
        return None

    def all_workloads(self) -> list[Workload]:
        """Return every workload but the ReplicaSets and Jobs that another one owns."""
        return [
            workload
            for kind in WORKLOAD_KINDS
            for workload in self.workloads(kind).values()
            if workload.owner is None or workload.kind not in ("ReplicaSet", "Job")
        ]

    def events_about(self, uid: str) -> list[KubeEvent]:
        """Return the Kubernetes Events about one object, oldest first."""
        about = [event for event in self.kube_events.values() if event.object_uid == uid]
        return sorted(about, key=lambda event: event.last_at or event.first_at or 0.0)

    def standing(self, kind: str) -> Access:
        """Return how we stand with a kind, be it always read or on demand only."""
        return self.access.get(kind) or self.lists.access[kind]

    def is_unseen(self, kind: str) -> bool:
        """Whether no list of a kind was heard by this run yet, so that somebody waits for its first rows."""
        return kind in self.recalled or self.standing(kind).state == "waiting"

    @property
    def heard_at(self) -> float | None:
        """When the cluster was last heard in any way; None before that."""
        times = [access.heard_at for access in self.access.values() if access.heard_at is not None]
        link = self.links.get("kube")
        if isinstance(link, LinkUp):
            times.append(link.heard_at)
        return max(times, default=None)

    @property
    def is_down(self) -> bool:
        """The cluster does not answer now, or nobody listens to it."""
        return isinstance(self.links.get("kube"), LinkDown) or "kube" in self.failures

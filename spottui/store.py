"""The only holder of what the sources said; used from the event loop's thread only."""

from __future__ import annotations

from typing import cast

from spottui.events import (
    AccessChanged,
    ArgoSettingsHeard,
    ClockSet,
    CommandHeard,
    Event,
    GpusHeard,
    HostHeard,
    KindAlive,
    LinkDown,
    LinksHeard,
    LinkUp,
    ListEnded,
    LoginRefused,
    LoginTaken,
    ObjectsHeard,
    ObjectsRecalled,
    ProbesHeard,
    RobotHeard,
    SourceFailed,
    SshHeard,
    StoodStill,
    TrafficHeard,
    UsageHeard,
    UsageRecalled,
)
from spottui.records import (
    Access,
    Application,
    AppProject,
    Command,
    KubeEvent,
    Meta,
    Namespace,
    Node,
    Pod,
    Usage,
    WasmRuntime,
    Workload,
)
from spottui.records_gpu import Gpus
from spottui.records_host import Host
from spottui.records_links import Links, Probe, Ssh, Traffic
from spottui.records_robot import Robot
from spottui.records_wasm import WASM_KINDS
from spottui.store_apps import AppMemory
from spottui.store_clock import moved, moved_access, moved_link
from spottui.store_held import RECALLED, Held
from spottui.store_history import Histories
from spottui.store_lists import Lists
from spottui.store_owners import resolved
from spottui.store_robot import RobotWatch
from spottui.store_timeline import Timeline
from spottui.store_usage import Peaks, remember
from spottui.verdicts.changes import entry_for_command
from spottui.verdicts.changes_robot import ROBOT
from spottui.verdicts.pod_status import pod_status

WORKLOAD_KINDS = ("deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs")
KINDS = (
    "nodes",
    "namespaces",
    "pods",
    *WORKLOAD_KINDS,
    "runtimeclasses",
    "events",
    "applications",
    "appprojects",
    "applicationsets",
    *WASM_KINDS,
)
"""Plural names of the kinds a Kubernetes source may speak of; each is also a topic of `subscribe`."""

EVENTS_KEPT = 2000
"""Kubernetes Events kept after the API server forgot them (5 minutes on microk8s)."""


class Store(Held):
    """Takes in events, keeps the last word on everything, tells subscribers at each flush what changed.

    Topics: every name of `KINDS`, "access", "usage", "host", "gpus", "robot", "links" (do the sources
    answer), "interfaces", "probes", "traffic", "timeline".
    """

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

    # -- reading -----------------------------------------------------------------------------------

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

    def kinds(self) -> tuple[str, ...]:
        """Return the plural names of all kinds."""
        return KINDS

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

    def accept_pause(self, at: float) -> bool:
        """Let the robot's paused mission count as a stopped one; False when none is paused."""
        is_accepted = self.watch.accept_pause()
        if is_accepted:
            self.timeline.note_about("robot", at, "info", "robot", "paused mission accepted as stopped", ROBOT)
            self._dirty.add("robot")
        return is_accepted

    # -- writing -----------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take in one event; subscribers hear of it at the next flush."""
        if self.lists.take(event):
            return
        match event:
            case ObjectsHeard():
                self._objects_heard(event)
            case ListEnded(kind, uids, heard_at):
                gone = tuple(self._objects[kind].keys() - uids)
                self._objects_heard(ObjectsHeard(kind, (), gone, heard_at))
                self._listed_anew(kind, gone)
                self._alive(kind, heard_at)
                self.timeline.listed(kind, heard_at)
            case KindAlive(kind, heard_at):
                self._alive(kind, heard_at)
                self.timeline.alive(kind, heard_at)
            case ObjectsRecalled():
                self._recall(event)
            case UsageRecalled(nodes, pods, heard_at):
                if self.usage_heard_at is None:
                    self.node_usage, self.pod_usage, self.usage_heard_at = nodes, pods, heard_at
                    self.usage_reason = self.usage_reason or RECALLED
                    self._dirty.add("usage")
            case AccessChanged(kind, access):
                if kind in self.recalled:
                    access = self._standing_of_recalled(kind, access)
                if access.heard_at is None and (before := self.access[kind].heard_at) is not None:
                    access = Access(access.state, access.reason, before)
                self._set_access(kind, access)
            case UsageHeard(nodes, pods, heard_at, reason):
                remember(self.histories, nodes, self.node_usage, self.gpus.values(), self.host)
                self.peaks.hear(pods)
                if nodes or pods or not reason:  # no numbers with a reason: the last ones stay, with their age
                    self.node_usage, self.pod_usage, self.usage_heard_at = nodes, pods, heard_at
                self.usage_reason = reason
                self._dirty.add("usage")
            case ArgoSettingsHeard(settings):
                self.apps.settings[settings.namespace] = settings
                self._dirty.add("appprojects")
            case HostHeard(host):
                self._host_heard(host)
            case GpusHeard(gpus):
                self.gpus[gpus.reader] = gpus
                for gpu in gpus.gpus:
                    self.histories.add(f"gpu.{gpu.node}.{gpu.uid}", gpu.used)
                self._dirty.add("gpus")
            case RobotHeard(robot, heard_at):
                self.timeline.robot_heard(robot, heard_at)
                self.timeline.note(self.watch.hear(robot, heard_at))
                self._dirty.add("robot")
            case LinksHeard(links):
                self.timeline.interfaces_heard(self.interfaces, links)
                self.interfaces = links
                self._dirty.add("interfaces")
            case ProbesHeard(probes, heard_at, left_out):
                self.timeline.probes_heard(self.probes, probes, heard_at)
                self.probes, self.probes_left_out = probes, left_out
                self.timeline.note(self.watch.hear_links(self.links.get("kube"), probes, heard_at))
                self._dirty.add("probes")
            case SshHeard(ssh):
                self.ssh = ssh
                self._dirty.add("interfaces")
            case TrafficHeard(traffic, heard_at, low_data):
                self.timeline.low_data_heard(self.low_data, low_data, heard_at)
                self.traffic, self.low_data = traffic, low_data
                self._dirty.add("traffic")
            case LinkUp() | LinkDown():
                self._link_heard(event)
            case LoginRefused() | LoginTaken():
                self.timeline.login_heard(event)
            case ClockSet():
                self._clock_set(event)
            case StoodStill():
                self.stood_still = event
                self.timeline.stood_still(event.seconds, event.at)
                self._dirty.add("links")
            case CommandHeard(command):
                self.commands[command.id] = command
                self.timeline.note(entry_for_command(command))
            case SourceFailed(source, reason, at):
                self.failures[source] = event
                self.timeline.note_about(source, at, "bad", "spottui", reason)
                self._dirty.add("links")

    def _host_heard(self, host: Host) -> None:
        self.host = host
        memory = 100 * host.memory_used / host.memory_total if host.memory_used and host.memory_total else None
        curves = {"cpu": host.cpu_percent, "memory": memory, "in": host.network_in, "out": host.network_out}
        for name, value in curves.items():
            self.histories.add(f"host.{name}", value)
        self._dirty.add("host")

    def _objects_heard(self, event: ObjectsHeard) -> None:
        records = self._objects[event.kind]
        access = self.access[event.kind]
        changes: list[tuple[Meta | None, Meta]] = []
        for record in event.changed:
            before = records.get(record.uid)
            if before == record:
                continue
            records[record.uid] = record
            if isinstance(record, Pod):
                self.pod_statuses[record.uid] = pod_status(record)
                self._count_on_node(before, record)
            changes.append((before, record))
        gone: list[Meta] = []
        for uid in event.gone:
            if event.kind == "events" or (before := records.pop(uid, None)) is None:
                continue  # the API server forgets Events after minutes; we do not
            if self.pod_statuses.pop(uid, None) is not None:
                self._count_on_node(before, None)
            gone.append(before)
        if changes or gone:
            self._dirty.add(event.kind)
            self.apps.hear([after for _, after in changes], gone, event.heard_at)
            self.timeline.objects_heard(event.kind, changes, event.heard_at, is_live=access.state == "live")
            self.timeline.objects_gone(event.kind, gone, event.heard_at)
        while event.kind == "events" and len(records) > EVENTS_KEPT:
            del records[next(iter(records))]
        if access.state == "live":
            self._alive(event.kind, event.heard_at)
        elif access.state == "waiting":  # until the list has ended, what is missing may still come
            self._set_access(event.kind, Access("waiting", access.reason, event.heard_at))

    def _clock_set(self, step: ClockSet) -> None:
        """Keep everything as old as it is: ages are worked out from a clock that now counts otherwise."""
        self.access = {kind: moved_access(access, step) for kind, access in self.access.items()}
        self.links = {source: moved_link(link, step) for source, link in self.links.items()}
        if self.usage_heard_at is not None:
            self.usage_heard_at = moved(self.usage_heard_at, step)
        self.lists.clock_set(step)
        self.watch.clock_set(step)
        self.timeline.clock_set(step)
        self._dirty.update(("access", "links", "usage", "robot"))

    def _link_heard(self, event: LinkUp | LinkDown) -> None:
        heard_at = self.heard_at if event.source == "kube" else None  # it is known to be lost 15 s later
        before, self.links[event.source] = self.links.get(event.source), event
        self.timeline.link_heard(before, event, heard_at)
        if isinstance(event, LinkUp):
            self.failures.pop(event.source, None)
        if event.source == "kube":
            at = event.heard_at if isinstance(event, LinkUp) else event.at
            self.timeline.note(self.watch.hear_links(event, self.probes, at))
        self._dirty.add("links")

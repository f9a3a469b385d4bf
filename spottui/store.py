"""The only holder of what the sources said; used from the event loop's thread only."""

from __future__ import annotations

from spottui.events import (
    ArgoSettingsHeard,
    ClockSet,
    CommandHeard,
    Event,
    GpusHeard,
    HostHeard,
    LinkDown,
    LinksHeard,
    LinkUp,
    LoginRefused,
    LoginTaken,
    ProbesHeard,
    RobotHeard,
    SourceFailed,
    SshHeard,
    StoodStill,
    TrafficHeard,
    UsageHeard,
    UsageRecalled,
)
from spottui.records_host import Host
from spottui.store_clock import moved, moved_access, moved_link
from spottui.store_held import RECALLED
from spottui.store_reading import Reading
from spottui.store_usage import remember
from spottui.verdicts.changes import entry_for_command
from spottui.verdicts.changes_robot import ROBOT


class Store(Reading):
    """Takes in events, keeps the last word on everything, tells subscribers at each flush what changed.

    Topics: every name of `spottui.store_kinds.KINDS`, "access", "usage", "host", "gpus", "robot", "links" (do the
    sources answer), "interfaces", "probes", "traffic", "timeline".
    """

    def apply(self, event: Event) -> None:
        """Take in one event; subscribers hear of it at the next flush."""
        if self.lists.take(event) or self._take_objects(event) or self._take_usage(event) or self._take_link(event):
            return
        match event:
            case ArgoSettingsHeard(settings):
                self.apps.settings[settings.namespace] = settings
                self._dirty.add("appprojects")
            case RobotHeard(robot, heard_at):
                self.timeline.robot_heard(robot, heard_at)
                self.timeline.note(self.watch.hear(robot, heard_at))
                self._dirty.add("robot")
            case LoginRefused() | LoginTaken():
                self.timeline.login_heard(event)
            case ClockSet():
                self._clock_set(event)
            case CommandHeard(command):
                self.commands[command.id] = command
                self.timeline.note(entry_for_command(command))

    def accept_pause(self, at: float) -> bool:
        """Let the robot's paused mission count as a stopped one; False when none is paused."""
        is_accepted = self.watch.accept_pause()
        if is_accepted:
            self.timeline.note_about("robot", at, "info", "robot", "paused mission accepted as stopped", ROBOT)
            self._dirty.add("robot")
        return is_accepted

    def _take_usage(self, event: Event) -> bool:
        """Take in what is measured: the load of nodes, pods, this computer and its GPUs."""
        match event:
            case UsageHeard(nodes, pods, heard_at, reason):
                remember(self.histories, nodes, self.node_usage, self.gpus.values(), self.host)
                self.peaks.hear(pods)
                if nodes or pods or not reason:  # no numbers with a reason: the last ones stay, with their age
                    self.node_usage, self.pod_usage, self.usage_heard_at = nodes, pods, heard_at
                self.usage_reason = reason
                self._dirty.add("usage")
            case UsageRecalled(nodes, pods, heard_at):
                if self.usage_heard_at is None:
                    self.node_usage, self.pod_usage, self.usage_heard_at = nodes, pods, heard_at
                    self.usage_reason = self.usage_reason or RECALLED
                    self._dirty.add("usage")
            case HostHeard(host):
                self._host_heard(host)
            case GpusHeard(gpus):
                self.gpus[gpus.reader] = gpus
                for gpu in gpus.gpus:
                    self.histories.add(f"gpu.{gpu.node}.{gpu.uid}", gpu.used)
                self._dirty.add("gpus")
            case _:
                return False
        return True

    def _take_link(self, event: Event) -> bool:
        """Take in what is known of the ways to the outside: interfaces, probes, and whether sources answer."""
        match event:
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
            case StoodStill():
                self.stood_still = event
                self.timeline.stood_still(event.seconds, event.at)
                self._dirty.add("links")
            case SourceFailed(source, reason, at):
                self.failures[source] = event
                self.timeline.note_about(source, at, "bad", "spottui", reason)
                self._dirty.add("links")
            case _:
                return False
        return True

    def _host_heard(self, host: Host) -> None:
        self.host = host
        memory = 100 * host.memory_used / host.memory_total if host.memory_used and host.memory_total else None
        curves = {"cpu": host.cpu_percent, "memory": memory, "in": host.network_in, "out": host.network_out}
        for name, value in curves.items():
            self.histories.add(f"host.{name}", value)
        self._dirty.add("host")

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

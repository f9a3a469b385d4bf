"""The kubelets of all nodes in one: pods that are given to a node come to life here."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping

from spottui.sim.behaviour import Behaviour, Behaviours
from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_pods import PODS, is_over
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.kubelet_heartbeat import CRITICAL, FULL_AT, Heartbeat, refusal
from spottui.sim.kubelet_images import ImageStore
from spottui.sim.kubelet_logs import Timeline
from spottui.sim.kubelet_node import NodeState, handlers_of, state_of
from spottui.sim.kubelet_pod import PodRun
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import resource
from spottui.sim.story_clock import StoryClock

NODES = resource("nodes")
PRESSURES = {"memory": "MemoryPressure", "disk": "DiskPressure", "pid": "PIDPressure"}


class Kubelet:
    """Starts, watches and ends pods; work is done only when something changes or a timer is due."""

    def __init__(
        self,
        objects: Objects,
        clock: StoryClock,
        rng: random.Random,
        images: Mapping[str, Behaviour] | None = None,
        *,
        work: Work | None = None,
    ) -> None:
        """Take over the nodes and pods that are there.

        Args:
            images: Image -> behaviour, beside the known ones.
            work: The queue; share the controllers' and only one of the two needs to run.
        """
        self.objects, self.clock, self.rng = objects, clock, rng
        self.work = Work() if work is None else work
        self.timeline = Timeline(clock)
        self.behaviours = Behaviours(images)
        self.behaviours.changed = self._behaviours_changed
        self.images = ImageStore()
        self.recorder = Recorder(objects, clock, "kubelet")
        self.runs: dict[str, PodRun] = {}
        """Pod UID -> what is known of it."""
        self.is_settled = False
        """While set, new pods run at once and without events, as if they had been there for long."""
        self.heartbeat = Heartbeat(self)
        self._nodes: dict[str, NodeState] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        self._by_workload: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._addresses: dict[str, int] = {}
        self._stop = objects.listen(self._hear)
        for node in objects.all(NODES):
            self.heartbeat.begin(node["metadata"]["name"])
        for pod in objects.all(PODS):
            self._take(pod)

    async def run(self) -> None:
        """Work for ever."""
        await self.work.run()

    def stop(self) -> None:
        """Hear no more."""
        self._stop()

    # -- what scenarios do -------------------------------------------------------------------------

    def unplug(self, sensor: str, node: str = "") -> None:
        """Take a sensor away, by the name or device path that behaviours and volumes give it."""
        self._sensor(sensor, node, is_there=False)

    def plug(self, sensor: str, node: str = "") -> None:
        """Put a sensor back."""
        self._sensor(sensor, node, is_there=True)

    def _sensor(self, sensor: str, node: str, *, is_there: bool) -> None:
        for name in [node] if node else [one["metadata"]["name"] for one in self.objects.all(NODES)]:
            lacking = self.node(name).lacking
            lacking.discard(sensor) if is_there else lacking.add(sensor)
        self._behaviours_changed("", "")

    def set_pressure(self, node: str, kind: str, is_on: bool) -> None:
        """Put a node under pressure ("memory", "disk" or "pid"), or end it."""
        self.heartbeat.press(node, PRESSURES[kind], is_on)

    def fill_disk(self, node: str, part: float) -> None:
        """Let so much of a node's disk be used, 0..1; from 0.9 on it is under pressure."""
        self.node(node).disk_used = part
        self.heartbeat.press(node, "DiskPressure", part > 1 - FULL_AT)

    def set_up(self, node: str, is_up: bool) -> None:
        """Stop a node's kubelet (it goes silent, its containers run on), or start it again."""
        state = self.node(node)
        if state.is_up == is_up:
            return
        state.is_up = is_up
        if is_up:
            state.is_dirty = True
            found = self.objects.find(NODES, "", node)
            if found is not None:
                about = {"metadata": {"name": node, "uid": found["metadata"]["uid"]}}
                self.recorder.record(about, NODES, "Starting", "Starting kubelet.", host=node)
            self.heartbeat.report(node)
            for run in self.runs_on(node):
                self.work.add(run.wake)

    def set_handlers(self, node: str, handlers: tuple[str, ...]) -> None:
        """Set the runtime handlers of a node; pods that waited for one are tried again."""

        def write(one: Object) -> None:
            listed = [{"name": name, "features": {}} for name in ("", *handlers)]
            one["status"]["runtimeHandlers"] = listed

        self.objects.change(NODES, "", node, write)
        for run in self.runs_on(node):
            run.sandbox.again()

    # -- what the parts ask ------------------------------------------------------------------------

    def node(self, name: str) -> NodeState:
        """Return what is known of a node."""
        state = self._nodes.get(name)
        if state is None:
            state = self._nodes[name] = state_of(self.objects.find(NODES, "", name), name)
            state.booted = self.clock.wall() - 3600.0
        return state

    def runs_on(self, node: str) -> list[PodRun]:
        """Return the pods of a node."""
        return [run for run in self.runs.values() if run.node == node]

    def run_of(self, namespace: str, name: str) -> PodRun | None:
        """Return a pod by its name."""
        return self.runs.get(self._by_name.get((namespace, name), ""))

    def lacks(self, node: str, sensor: str) -> bool:
        """Return whether a sensor is not there."""
        return bool(sensor) and sensor in self.node(node).lacking

    def lacks_path(self, node: str, path: str) -> bool:
        """Return whether a device is not there."""
        lacking = self.node(node).lacking
        return path in lacking or path.rsplit("/", 1)[-1] in lacking

    def has_handler(self, node: str, handler: str) -> bool:
        """Return whether a node has a runtime handler."""
        return handler in handlers_of(self.objects.find(NODES, "", node))

    def stamp(self) -> str:
        """Return the present time as statuses write it."""
        return rfc3339(self.clock.wall())

    def new_address(self, node: str) -> str:
        """Return the next free pod address of a node."""
        number = self._addresses[node] = self._addresses.get(node, 9) + 1
        at = list(self._nodes).index(node) if node in self._nodes else 0
        return f"10.1.{(at * 64 + number // 250) % 256}.{number % 250 + 2}"

    def workload_of(self, pod: Object) -> str:
        """Return by which name a pod's behaviour is changed: its Deployment's, CronJob's, other owner's, or its own."""
        meta = pod["metadata"]
        owner = next((one for one in meta.get("ownerReferences") or () if one.get("controller")), None)
        if owner is None:
            return meta["name"]
        if owner["kind"] == "ReplicaSet" and (meta.get("labels") or {}).get("pod-template-hash"):
            return owner["name"].rpartition("-")[0]
        if owner["kind"] == "Job":
            return re.sub(r"-\d{8,}$", "", owner["name"])
        return owner["name"]

    def gone(self, run: PodRun) -> None:
        """Take a pod away whose containers have all ended; one with finalizers stays until they go."""
        self._forget(run)
        found = self.objects.find(PODS, run.namespace, run.name)
        if found is None or found["metadata"]["uid"] != run.uid:
            return
        if not found["metadata"].get("finalizers"):
            self.objects.remove(PODS, run.namespace, run.name)

    # -- hearing -----------------------------------------------------------------------------------

    def _hear(self, change: Change) -> None:
        plural = change.resource.plural
        if plural == "nodes":
            name = change.object["metadata"]["name"]
            if change.type == "ADDED":
                self.heartbeat.begin(name)
            elif change.type == "MODIFIED" and _handlers_changed(change):
                for run in self.runs_on(name):
                    run.sandbox.again()
        elif plural == "pods":
            self._hear_pod(change)

    def _hear_pod(self, change: Change) -> None:
        pod = change.object
        run = self.runs.get(pod["metadata"]["uid"])
        if change.type == "DELETED":
            if run is not None:
                self._drop(run)
            return
        if run is None:
            self._take(pod)
            return
        before = run.pod
        run.pod = pod
        going, went = ("deletionGracePeriodSeconds" in one["metadata"] for one in (pod, before))
        hurried = pod["metadata"].get("deletionGracePeriodSeconds") != before["metadata"].get(
            "deletionGracePeriodSeconds"
        )
        if going and (not went or hurried):
            self.work.add(self._start, run)

    def _take(self, pod: Object) -> None:
        node = pod["spec"].get("nodeName")
        if not node or is_over(pod):
            return
        state, meta = self.node(node), pod["metadata"]
        run = self.runs[meta["uid"]] = PodRun(self, pod, is_quick=self.is_settled)
        self._by_name[meta["namespace"], meta["name"]] = run.uid
        self._by_workload[run.namespace, run.workload][run.uid] = None
        why = refusal(state)
        if why and pod["spec"].get("priority", 0) < CRITICAL:
            self.work.add(self._refuse, run, why)
        else:
            self.work.add(self._start, run)

    def _start(self, run: PodRun) -> None:
        if self.node(run.node).is_up:
            run.sync()

    def _refuse(self, run: PodRun, why: str) -> None:
        run.start_time = self.stamp()
        self.recorder.record(run.pod, PODS, "Evicted", why, warning=True, host=run.node)
        run.finish("Failed", "Evicted", why)

    def _drop(self, run: PodRun) -> None:
        """Let a pod that was taken from under us go."""
        for one in run.containers:
            if one.life is not None and one.life.ended is None:
                one.life.end(self.clock.now())
        run.is_over = True
        self._forget(run)

    def _forget(self, run: PodRun) -> None:
        self.runs.pop(run.uid, None)
        alike = self._by_workload.get((run.namespace, run.workload), {})
        alike.pop(run.uid, None)
        if not alike:
            self._by_workload.pop((run.namespace, run.workload), None)
        if self._by_name.get((run.namespace, run.name)) == run.uid:
            del self._by_name[run.namespace, run.name]

    def _behaviours_changed(self, namespace: str, workload: str) -> None:
        self.timeline.note()
        uids = self._by_workload.get((namespace, workload), {}) if workload else self.runs
        for uid in tuple(uids):
            self.work.add(self.runs[uid].reconsider)


def _handlers_changed(change: Change) -> bool:
    return change.before is not None and handlers_of(change.before.object) != handlers_of(change.object)

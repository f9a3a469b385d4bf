"""Probes: they cost nothing while they succeed; a timer runs only until the first success and while one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spottui.sim.kubelet_container import Container

if TYPE_CHECKING:
    from spottui.sim.kubelet_pod import PodRun

FIELDS = {"Startup": "startupProbe", "Readiness": "readinessProbe", "Liveness": "livenessProbe"}


class Probes:
    """The prober of one pod."""

    def __init__(self, pod: PodRun) -> None:
        self._pod = pod

    def begin(self, one: Container) -> None:
        """Start probing a container that has just started."""
        if self._pod.is_quick and one.life is not None:
            does = one.life.behaviour
            one.started = True
            one.ready = not one.spec.get("readinessProbe") or (does.ready and does.ready_after is not None)
            if not one.ready or not does.alive:
                self._pod.later(1.0, self.again, one)
            return
        if one.spec.get("startupProbe"):
            self._arm(one, "Startup", first=True)
            return
        self._started(one)

    def again(self, one: Container) -> None:
        """Look again after a change of behaviour: what succeeded may now fail."""
        if not one.is_running or not one.started:
            return
        for kind in ("Readiness", "Liveness"):
            if one.spec.get(FIELDS[kind]):
                self._arm(one, kind)

    def _started(self, one: Container) -> None:
        one.started = True
        if one.spec.get("readinessProbe"):
            self._arm(one, "Readiness", first=True)
        else:
            one.ready = True
        if one.spec.get("livenessProbe"):
            self._arm(one, "Liveness", first=True)

    def _arm(self, one: Container, kind: str, *, first: bool = False) -> None:
        if kind in one.probing:
            return
        one.probing.add(kind)
        probe = one.spec[FIELDS[kind]]
        wait = float(probe.get("initialDelaySeconds", 0)) if first else 0.0
        if first and not wait and one.life is not None and self._answer(one, kind) is not None:
            # A prober would ask in vain until it serves: ask when it does, unless failures would count before.
            wait = min(one.life.behaviour.ready_after or 0.0, float(probe.get("periodSeconds", 10)))
        self._pod.after(wait, self.ask, one, kind, one.epoch)

    def ask(self, one: Container, kind: str, epoch: int) -> None:
        """Do one probe."""
        if epoch != one.epoch or not one.is_running or self._pod.is_stopping:
            return
        probe = one.spec[FIELDS[kind]]
        why = self._answer(one, kind)
        if why is None:
            self._succeed(one, kind)
            return
        failures = one.failures[kind] = one.failures.get(kind, 0) + 1
        self._pod.record(one, "Unhealthy", f"{kind} probe failed: {why}", warning=True)
        if failures >= probe.get("failureThreshold", 3):
            if kind != "Readiness":
                one.failures[kind] = 0
                self._pod.restarts.kill(one, f"Container {one.name} failed {kind.lower()} probe, will be restarted")
                return
            if one.ready:
                one.ready = False
                self._pod.publish()
        self._pod.after(float(probe.get("periodSeconds", 10)), self.ask, one, kind, epoch)

    def _succeed(self, one: Container, kind: str) -> None:
        one.failures[kind] = 0
        one.probing.discard(kind)
        if kind == "Startup":
            self._started(one)
        elif kind == "Readiness":
            one.ready = True
        self._pod.sync()

    def _answer(self, one: Container, kind: str) -> str | None:
        """Return what a failing probe says, None when it succeeds."""
        if one.life is None:
            return "container is not running"
        does, probe = one.life.behaviour, one.spec[FIELDS[kind]]
        age = self._pod.kubelet.clock.now() - one.life.started
        serves = does.ready_after is not None and age >= does.ready_after - 1e-6
        is_good = {"Startup": True, "Readiness": does.ready, "Liveness": does.alive}[kind]
        if serves and is_good:
            return None
        return self._said(one, probe, does.probe_message, serves)

    def _said(self, one: Container, probe: dict[str, Any], message: str, serves: bool) -> str:
        ip = self._pod.ip
        if "httpGet" in probe:
            if serves:
                return "HTTP probe failed with statuscode: 503"
            get = probe["httpGet"]
            place = f"{get.get('host') or ip}:{_port(one, get.get('port', 80))}"
            url = f"{get.get('scheme', 'HTTP').lower()}://{place}{get.get('path', '/')}"
            return f'Get "{url}": dial tcp {place}: connect: connection refused'
        if "tcpSocket" in probe:
            place = f"{ip}:{_port(one, probe['tcpSocket'].get('port', 80))}"
            return f"dial tcp {place}: connect: connection refused"
        if "grpc" in probe:
            place = f"{ip}:{probe['grpc'].get('port', 50051)}"
            if serves:
                return 'service unhealthy (responded with "NOT_SERVING")'
            return f'timeout: failed to connect service "{place}" within {probe.get("timeoutSeconds", 1)}s: ' + (
                "context deadline exceeded"
            )
        return f"{message}\n"


def _port(one: Container, port: Any) -> int:
    """Return a probe's port, looked up by name among the container's."""
    if isinstance(port, int) or str(port).isdecimal():
        return int(port)
    return next((each["containerPort"] for each in one.spec.get("ports") or () if each.get("name") == port), 0)

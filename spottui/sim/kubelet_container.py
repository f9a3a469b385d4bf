"""One container of a pod as the kubelet keeps it: its state, its last state, its back-off; and its status object."""

from __future__ import annotations

from typing import Any

from spottui.sim.kubelet_images import image_id
from spottui.sim.kubelet_logs import Life
from spottui.sim.objects import Object

FIRST_BACK_OFF, LONGEST_BACK_OFF = 10.0, 300.0
BACK_OFF_RESET = 600.0
"""Seconds of life after which a crash counts as the first again."""


class Container:
    """One container; `PodRun` moves it."""

    def __init__(self, spec: Object, *, is_init: bool) -> None:
        self.spec = spec
        self.name: str = spec["name"]
        self.image: str = spec.get("image", "")
        self.is_init = is_init
        self.is_sidecar = is_init and spec.get("restartPolicy") == "Always"
        self.state: dict[str, Any] = {}
        """As in the status: "waiting", "running" or "terminated"; empty is waiting for its turn."""
        self.last_state: dict[str, Any] = {}
        self.restarts = 0
        self.ready = False
        self.started = False
        self.id = ""
        self.life: Life | None = None
        self.lives: dict[str, Life] = {}
        """The last two runs, by container id: what logs are read from."""
        self.is_busy = False
        """Whether something is under way (a pull, a start, a back-off) that will call back."""
        self.epoch = 0
        """Rises with each run; what was timed for an older one is void."""
        self.epoch_exit = 0
        """Rises with each newly set time of its exit."""
        self.back_off = 0.0
        self.pull_back_off = 0.0
        self.failures: dict[str, int] = {}
        """Probe -> failures in a row."""
        self.probing: set[str] = set()

    @property
    def is_running(self) -> bool:
        """Whether it runs now."""
        return "running" in self.state

    @property
    def exit_code(self) -> int | None:
        """The code it ended with; None when it has not ended."""
        return self.state["terminated"]["exitCode"] if "terminated" in self.state else None

    @property
    def has_run(self) -> bool:
        """Whether it ever ran or ended."""
        return bool(self.last_state) or "running" in self.state or "terminated" in self.state

    def wait(self, reason: str, message: str = "") -> None:
        """Let it wait; a state in which it had ended becomes its last state."""
        if "terminated" in self.state:
            self.last_state = self.state
        self.state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
        self.ready = self.started = False

    def run(self, life: Life, stamp: str) -> None:
        """Let it run."""
        if "terminated" in self.state:
            self.last_state = self.state
        self.life = life
        self.lives[life.id] = life
        while len(self.lives) > 2:
            del self.lives[next(iter(self.lives))]
        self.epoch += 1
        self.is_busy = False
        self.failures.clear()
        self.probing.clear()
        self.state = {"running": {"startedAt": stamp}}

    def end(self, code: int, reason: str, stamp: str, message: str = "") -> None:
        """Let it have ended."""
        started = self.state.get("running", {}).get("startedAt", stamp)
        ended: dict[str, Any] = {"exitCode": code, "reason": reason}
        if message:
            ended["message"] = message
        ended.update(startedAt=started, finishedAt=stamp, containerID=f"containerd://{self.id}")
        self.state = {"terminated": ended}
        self.ready = self.is_init and not self.is_sidecar and code == 0
        self.started = False
        self.epoch += 1
        self.probing.clear()

    def next_back_off(self, age: float) -> float:
        """Return how long a restart waits (0: not at all), and let the next one wait longer."""
        if age >= BACK_OFF_RESET:
            self.back_off = 0.0
        now = self.back_off
        self.back_off = min(LONGEST_BACK_OFF, now * 2) if now else FIRST_BACK_OFF
        return now

    def status(self, default: str) -> Object:
        """Return its container status; `default` is why it waits when it has no state of its own."""
        made: Object = {
            "name": self.name,
            "state": self.state or {"waiting": {"reason": default}},
            "lastState": self.last_state,
            "ready": self.ready,
            "restartCount": self.restarts,
            "image": self.image,
            "imageID": image_id(self.image) if self.id else "",
            "started": self.started,
        }
        if self.id:
            made["containerID"] = f"containerd://{self.id}"
            resources = self.spec.get("resources") or {}
            made["resources"] = resources
            if resources.get("requests"):
                made["allocatedResources"] = resources["requests"]
            made["user"] = {"linux": {"uid": 0, "gid": 0, "supplementalGroups": [0]}}
        if self.spec.get("volumeMounts"):
            made["volumeMounts"] = self.spec["volumeMounts"]
        return made


def grace_text(seconds: float) -> str:
    """Return a duration as Go prints it: 10s, 1m20s, 5m0s."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"


def go_duration(seconds: float) -> str:
    """Return a duration as Go prints it, with milliseconds below a minute: 2.31s, 412ms."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 60:
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
    return grace_text(seconds)

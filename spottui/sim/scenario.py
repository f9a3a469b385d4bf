"""What a scenario is: a robot, its cluster, its applications and a story, read from TOML and checked in full.

The format is documented in docs/scenarios.md. Checking names the file, the line and the key.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Name = Annotated[str, Meta(pattern=r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$")]
Quantity = Annotated[str, Meta(pattern=r"^[0-9]+([.][0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$")]
Address = Annotated[str, Meta(pattern=r"^[a-z0-9][-a-z0-9.]*/[a-z0-9][-a-z0-9.]*$")]
"""Namespace and name: "perception/cam-front"."""
Percent = Annotated[float, Meta(ge=0, le=100)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Count = Annotated[int, Meta(ge=0, le=20_000)]
Cores = Annotated[int, Meta(ge=1, le=1024)]
Figure = Annotated[float, Meta(ge=0, le=1e9)]
LinkName = Literal["operator", "uplink"]
LinkWord = Literal["up", "slow", "down", "half-open", "reset"]


class ScenarioError(Exception):
    """A scenario cannot be used: one sentence with file, line and key."""


class _Checked(Struct, frozen=True, forbid_unknown_fields=True):
    pass


# -- the acts: what a story can do -----------------------------------------------------------------


class SetLink(_Checked, frozen=True, tag_field="act", tag="link", kw_only=True):
    """Change a link: "operator" is between spottui and the robot, "uplink" between the robot and the internet."""

    link: LinkName
    to: LinkWord
    latency: Figure | None = None
    jitter: Figure | None = None
    bandwidth: Figure | None = None


class MoveRobot(_Checked, frozen=True, tag_field="act", tag="robot", kw_only=True):
    """Have the robot do something."""

    to: Literal["walk", "stand", "sit", "dock", "undock"]
    mission: str = ""
    """With walk: the mission that it walks."""


class SetSensor(_Checked, frozen=True, tag_field="act", tag="sensor", kw_only=True):
    """Unplug or plug in a sensor; workloads that need it wait for it."""

    sensor: str
    to: Literal["unplugged", "plugged"]


class SetFault(_Checked, frozen=True, tag_field="act", tag="fault", kw_only=True):
    """Raise or clear a fault of the robot."""

    fault: str
    to: Literal["raised", "cleared"] = "raised"
    severity: Literal["info", "warn", "critical"] = "warn"
    text: str = ""


class SetBehaviour(_Checked, frozen=True, tag_field="act", tag="behaviour", kw_only=True):
    """Change how the containers of a workload behave from now on; `set` has fields of `Behaviour`."""

    workload: Address
    set: dict[str, Any]


class SetImage(_Checked, frozen=True, tag_field="act", tag="image"):
    """Change how the containers of one image behave from now on; a later version of the image is free of it."""

    image: str
    set: dict[str, Any]


class Edit(_Checked, frozen=True, kw_only=True):
    """What a commit changes in one workload."""

    workload: Address
    image: str | None = None
    memory: Quantity | None = None
    cpu: Quantity | None = None
    replicas: Count | None = None
    env: dict[str, str] | None = None


class Commit(_Checked, frozen=True, tag_field="act", tag="commit", kw_only=True):
    """Push a new revision to the repository of an Application."""

    application: Name
    message: str
    author: str = "Mira Feld <mira@field.example>"
    change: list[Edit]


class SetPressure(_Checked, frozen=True, tag_field="act", tag="pressure", kw_only=True):
    """Put a node under pressure, or end it."""

    node: Name
    kind: Literal["disk", "memory", "pid"]
    to: Literal["on", "off"] = "on"


class SetRuntimes(_Checked, frozen=True, tag_field="act", tag="runtimes", kw_only=True):
    """Change which runtime handlers the node's container runtime has."""

    node: Name
    handlers: list[str]


class DeletePods(_Checked, frozen=True, tag_field="act", tag="delete-pods", kw_only=True):
    """Delete the pods of a workload, as an operator would."""

    workload: Address


class Sync(_Checked, frozen=True, tag_field="act", tag="sync", kw_only=True):
    """Have somebody else start a sync of an Application."""

    application: Name
    by: str = "ci"


Act = (
    SetLink
    | MoveRobot
    | SetSensor
    | SetFault
    | SetBehaviour
    | SetImage
    | Commit
    | SetPressure
    | SetRuntimes
    | DeletePods
    | Sync
)


class Event(_Checked, frozen=True, kw_only=True):
    """Something that can happen, by the story or by hand: `spottui sim event NAME`."""

    says: str = ""
    do: list[Act]


class Beat(_Checked, frozen=True, kw_only=True):
    """A point in the story at which an event happens."""

    at: Seconds
    event: Name


# -- the world at the start ------------------------------------------------------------------------


class RobotSpec(_Checked, frozen=True, kw_only=True):
    """The Spot."""

    name: str = "spot-07"
    serial: str = "spot-BD-21450007"
    battery: Percent = 61.0
    state: Literal["walking", "standing", "sitting", "docked"] = "sitting"
    mission: str = ""
    unplugged: list[str] = field(default_factory=list)
    """Sensors that are not there from the start."""


class LinkSpec(_Checked, frozen=True, kw_only=True):
    """How a link is at the start."""

    to: LinkWord = "up"
    latency: Figure | None = None
    jitter: Figure | None = None
    bandwidth: Figure | None = None


class NodeSpec(_Checked, frozen=True, kw_only=True):
    """A node."""

    name: Name
    arch: Literal["arm64", "amd64"] = "arm64"
    cpu: Cores = 6
    memory: Quantity = "15836Mi"
    disk: Quantity = "58Gi"
    gpus: Count = 0
    pods: Count = 110
    """At most."""
    handlers: list[str] = field(default_factory=lambda: ["runc"])
    labels: dict[str, str] = field(default_factory=dict)


class RuntimeClassSpec(_Checked, frozen=True, kw_only=True):
    """A RuntimeClass."""

    name: Name
    handler: Name
    shim: str = ""
    """Name of a Shim by which the runtime-class-manager installs it on nodes labelled with the handler."""


class WorkloadSpec(_Checked, frozen=True, kw_only=True):
    """Something that runs."""

    namespace: Name
    name: Name
    kind: Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod", "SpinApp"] = "Deployment"
    image: str
    application: str = ""
    """The Application that brings it; empty: it is there by itself."""
    wave: Annotated[int, Meta(ge=-100, le=100)] = 0
    """Argo CD's sync wave: a later one begins when the earlier ones are healthy."""
    component: str = ""
    part_of: str = ""
    replicas: Count = 1
    cpu: Quantity = "100m"
    memory: Quantity = "128Mi"
    """Request and limit."""
    gpus: Count = 0
    runtime_class: str = ""
    schedule: str = ""
    """CronJobs: five fields."""
    env: dict[str, str] = field(default_factory=dict)
    sensor: str = ""
    """It waits for this sensor before it starts."""
    behaviour: dict[str, Any] = field(default_factory=dict)


class ApplicationSpec(_Checked, frozen=True, kw_only=True):
    """An Argo CD Application over the workloads that name it."""

    name: Name
    repository: str
    path: str = "deploy"
    branch: str = "main"
    project: Name = "default"
    auto_sync: bool = False
    self_heal: bool = False
    prune: bool = False
    message: str = "Initial deployment"
    """Of the commit that is deployed at the start."""
    behind: list[Commit] = field(default_factory=list)
    """Commits that came after what is deployed."""


class Scenario(_Checked, frozen=True, kw_only=True):
    """A whole scenario."""

    title: str
    description: str = ""
    seed: int = 1
    repeat_after: Seconds = 0.0
    """Story seconds after which the story starts over; 0: it goes quiet after its last beat."""
    robot: RobotSpec = field(default_factory=RobotSpec)
    links: dict[LinkName, LinkSpec] = field(default_factory=dict)
    node: list[NodeSpec] = field(default_factory=lambda: [NodeSpec(name="core-io")])
    runtime_class: list[RuntimeClassSpec] = field(default_factory=list)
    workload: list[WorkloadSpec] = field(default_factory=list)
    application: list[ApplicationSpec] = field(default_factory=list)
    image: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Image ("cam-front", or a whole reference with its tag) -> fields of `spottui.sim.behaviour.Behaviour`."""
    event: dict[str, Event] = field(default_factory=dict)
    story: list[Beat] = field(default_factory=list)


def did_you_mean(word: str, words: Mapping[str, Any] | list[str] | tuple[str, ...]) -> str:
    """Return the end of a sentence: what was meant, or all there is."""
    near = difflib.get_close_matches(word, list(words), 1, 0.5)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; there is {', '.join(words)}." if words else "; there is none."

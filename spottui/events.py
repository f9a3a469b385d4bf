"""What a source says to the store: past participles, frozen; see design.md, "how data flows"."""

from __future__ import annotations

from msgspec import Struct

from spottui.records import Access, Command, Meta, Usage
from spottui.records_argocd import ArgoSettings
from spottui.records_gpu import Gpus
from spottui.records_host import Host
from spottui.records_links import Links, Probe, Ssh, Traffic
from spottui.records_robot import Robot


class ObjectsHeard(Struct, frozen=True):
    """Objects of one kind appeared or changed, or went; also one page of a list."""

    kind: str
    """Plural resource name: "pods", "nodes", "applications", ... (`spottui.store_kinds.KINDS`)."""
    changed: tuple[Meta, ...]
    gone: tuple[str, ...]
    """UIDs."""
    heard_at: float


class ListEnded(Struct, frozen=True):
    """A full list of one kind was heard: whatever is not in `uids` is gone."""

    kind: str
    uids: frozenset[str]
    heard_at: float


class ObjectsRecalled(Struct, frozen=True):
    """Objects of one kind as an earlier run of spottui heard them last; counts only until the kind is heard."""

    kind: str
    records: tuple[Meta, ...]
    heard_at: float
    """When the earlier run heard of the kind last."""
    left_out: int = 0
    """How many of the kind were not kept, as there were too many."""


class UsageRecalled(Struct, frozen=True):
    """Usage as an earlier run of spottui heard it last; counts only until usage is heard."""

    nodes: dict[str, Usage]
    pods: dict[tuple[str, str], Usage]
    heard_at: float


class AccessChanged(Struct, frozen=True):
    """How we stand with one kind changed."""

    kind: str
    access: Access


class KindAlive(Struct, frozen=True):
    """The watch of a kind said it is up to date (a bookmark): nothing changed, and that was heard now."""

    kind: str
    heard_at: float


class UsageHeard(Struct, frozen=True):
    """Usage of nodes by name and of pods by (namespace, name); replaces what was known."""

    nodes: dict[str, Usage]
    pods: dict[tuple[str, str], Usage]
    heard_at: float
    reason: str = ""
    """Why there are no numbers, or no newer ones; a sentence for the operator, empty when all is well."""


class ArgoSettingsHeard(Struct, frozen=True):
    """One Argo CD's own settings were read, or could not be."""

    settings: ArgoSettings


class HostHeard(Struct, frozen=True):
    """The host was read."""

    host: Host


class RobotHeard(Struct, frozen=True):
    """The robot said something; the record is whole, parts that are silent keep their age in its `access`."""

    robot: Robot
    heard_at: float


class LinksHeard(Struct, frozen=True):
    """The interfaces and radios of this computer were read."""

    links: Links


class ProbesHeard(Struct, frozen=True):
    """All probes as they stand now; replaces what was known."""

    probes: tuple[Probe, ...]
    heard_at: float
    left_out: str = ""
    """What is not probed, as a sentence; empty when all is."""


class SshHeard(Struct, frozen=True):
    """The SSH link of this terminal was measured."""

    ssh: Ssh
    heard_at: float


class TrafficHeard(Struct, frozen=True):
    """What our own sources cost the link; replaces what was known."""

    traffic: tuple[Traffic, ...]
    heard_at: float
    low_data: str = ""
    """Why low-data mode is on ("asked for", "the link is slow: 9 kB/s"); empty: it is off."""


class GpusHeard(Struct, frozen=True):
    """One reader's GPUs; replaces what that reader said before."""

    gpus: Gpus


class LinkUp(Struct, frozen=True):
    """A source's outside system answers (again)."""

    source: str
    """Name of the source: "kube", "host", ..."""
    round_trip: float | None
    """Seconds of the last small request; None when not measured."""
    heard_at: float
    server: str = ""
    """What answered, for the header: "v1.37.2"."""


class LinkDown(Struct, frozen=True):
    """A source's outside system no longer answers."""

    source: str
    reason: str
    at: float


class LoginRefused(Struct, frozen=True):
    """A source's outside system answers, and no longer takes our login."""

    source: str
    reason: str
    at: float


class LoginTaken(Struct, frozen=True):
    """A login that was refused is taken again."""

    source: str
    at: float


class ClockSet(Struct, frozen=True):
    """This computer's clock was set, by itself or by somebody: what was read from it before counts otherwise."""

    by: float
    """Seconds; below zero: back."""
    at: float
    """Now, by the clock as it was set."""
    noticed_within: float
    """Seconds before `at` in which it happened."""


class StoodStill(Struct, frozen=True):
    """This program did not run for a while: the computer slept, or somebody stopped it."""

    seconds: float
    at: float


class CommandHeard(Struct, frozen=True):
    """One of our own commands was asked or ended."""

    command: Command


class SourceFailed(Struct, frozen=True):
    """A bug ended a source; the others live on."""

    source: str
    reason: str
    at: float


Event = (
    ObjectsHeard
    | ListEnded
    | ObjectsRecalled
    | UsageRecalled
    | AccessChanged
    | KindAlive
    | UsageHeard
    | ArgoSettingsHeard
    | HostHeard
    | RobotHeard
    | LinksHeard
    | ProbesHeard
    | SshHeard
    | TrafficHeard
    | GpusHeard
    | LinkUp
    | LinkDown
    | LoginRefused
    | LoginTaken
    | ClockSet
    | StoodStill
    | CommandHeard
    | SourceFailed
)

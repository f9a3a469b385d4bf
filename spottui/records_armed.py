"""Armed syncs: syncs that an operator has agreed to ahead of time, to be sent once when their conditions hold."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from spottui.records_argocd import Application

ArmedState = Literal["waiting", "running", "done", "failed", "unknown", "expired", "cancelled"]
"""waiting: its conditions do not hold yet; running: it was taken up; unknown: it may have been sent, and what became
of it is not known; the others are ends."""


class Conditions(Struct, frozen=True, kw_only=True):
    """What must hold together before an armed sync is sent; that the cluster answers always must."""

    link_up: float | None = 30.0
    """Seconds that the links to cluster, git and registry must have been up; None: no matter."""
    update_window: bool = True
    """The robot's update window must be open."""
    sync_window: bool = True
    """Argo CD's sync windows must allow a sync by hand, and go on to."""
    charge: float | None = None
    """Least charge in percent; None: no matter."""


class ArmedSync(Struct, frozen=True, kw_only=True):
    """One armed sync; the file of armed syncs is made of these."""

    id: str
    """32 hexadecimal digits; also the id of its lines in the audit log."""
    namespace: str
    name: str
    uid: str
    """Of the Application: another one of that name is never synced."""
    cluster: str
    """UID of the cluster's namespace kube-system."""
    server: str
    context: str
    revision: str = ""
    """Empty: the newest of the Application's own target revision when it is sent."""
    prune: bool = False
    source: str = ""
    """Where the manifests came from when it was armed; `source_of`."""
    conditions: Conditions = Conditions()
    armed_at: float
    armed_by: str
    """"ana@base"."""
    expires_at: float
    state: ArmedState = "waiting"
    result: str = ""
    """A sentence: how it ended, or why the last attempt came to nothing."""
    ended_at: float | None = None
    seen: bool = False
    """The operator has looked at the result."""
    latest_clock: float = 0.0
    """The latest time that was seen since it was armed: a clock that is set back must not make it last longer."""
    attempts: int = 0
    """How often it was taken up."""
    sent_at: float | None = None
    """When the request of this attempt was about to leave; None: nothing has left."""
    owner: str = ""
    """Which process took it up last, for the operator: "pid 4711 of ana@base"."""
    last_error_class: str = ""
    not_before: float | None = None
    """An attempt came to nothing that may pass: the next one is not made before this."""

    @property
    def is_open(self) -> bool:
        """It may still be sent, or what became of it is not known: no second one for this Application."""
        return self.state in ("waiting", "running") or (self.state == "unknown" and not self.seen)

    @property
    def has_news(self) -> bool:
        """It has a result that nobody has looked at."""
        return self.state not in ("waiting", "running", "cancelled") and not self.seen

    @property
    def operation_id(self) -> str:
        """What the Application's operation carries while this attempt is sent."""
        return f"{self.id}-{self.attempts}"

    @property
    def wanted(self) -> str:
        """The revision in words."""
        return self.revision or "newest"


def source_of(application: Application) -> str:
    """Return where an Application's manifests come from, to be compared only."""
    return f"{application.repo} {application.path} {application.target_revision}"

"""How we stand with each part of the robot, from how its readings went; decides nothing about the next try."""

from __future__ import annotations

from typing import Literal

from spottui.records import Access
from spottui.records_robot import ROBOT_PARTS
from spottui.sources.robot_errors import LINK_KINDS, LOGIN_KINDS, RobotTrouble

State = Literal["waiting", "live", "stale", "forbidden", "absent", "expired", "failed"]

STOPPING = frozenset({"forbidden", "absent", "outdated"})
"""Kinds of trouble after which a part is not asked again until the directory or the login changes."""
NEEDS_NO_LOGIN = frozenset({"identity"})


class Standings:
    """The `access` of a robot; each change of state or reason counts as news, a newer time does not."""

    def __init__(self) -> None:
        self.access: dict[str, Access] = dict.fromkeys(ROBOT_PARTS, Access("waiting", "Not heard yet."))
        self.is_news = False

    def answered(self, part: str, at: float, limit: str = "") -> None:
        """Note an answer; `limit` is a sentence on what of the part is missing."""
        self._set(part, "live", limit, at)

    def failed(self, part: str, trouble: RobotTrouble) -> None:
        """Note a failure; what was heard before stays, with its age."""
        before = self.access[part].heard_at
        if trouble.kind in LINK_KINDS or trouble.kind in ("throttled", "host-down", "crashed", "service-fault"):
            self._set(part, "waiting" if before is None else "stale", str(trouble), before)
        elif trouble.kind == "forbidden":
            self._set(part, "forbidden", str(trouble), before)
        elif trouble.kind in ("absent", "outdated"):
            self._set(part, "absent", str(trouble), before)
        elif trouble.kind in LOGIN_KINDS or trouble.kind == "logged-out":
            self._set(part, "expired", str(trouble), before)
        else:
            self._set(part, "failed", str(trouble), before)

    def login_failed(self, trouble: RobotTrouble) -> None:
        """Note that the robot does not let us in: all that needs a login is not read."""
        for part in ROBOT_PARTS:
            if part not in NEEDS_NO_LOGIN:
                self.failed(part, trouble)

    def held_up(self, trouble: RobotTrouble) -> None:
        """Note why what was never heard cannot be asked for yet."""
        for part, access in self.access.items():
            if access.state == "waiting":
                self._set(part, "waiting", str(trouble), None)

    def still(self, part: str) -> None:
        """Note that what was heard of a part before still holds, without a new reading."""
        self._set(part, "live", "", self.access[part].heard_at)

    def link_lost(self, reason: str) -> None:
        """Note that the robot is silent: what was live is stale, what was never heard waits for it."""
        for part, access in self.access.items():
            if access.state == "live" or (access.state == "stale" and access.reason != reason):
                self._set(part, "stale", reason, access.heard_at)
            elif access.state == "waiting":
                self._set(part, "waiting", reason, None)

    def _set(self, part: str, state: State, reason: str, heard_at: float | None) -> None:
        before = self.access[part]
        self.access[part] = Access(state, reason, heard_at)
        if (before.state, before.reason) != (state, reason):
            self.is_news = True

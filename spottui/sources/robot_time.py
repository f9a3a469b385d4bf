"""Compares the robot's clock with ours by its time-sync service, again and again.

The SDK's TimeSyncThread does not live through an outage and says ever after that it is in sync. Here each comparison
is one more call in the schedule of the source: one that fails is said, and made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spottui.sources.robot_connection import Rpc
from spottui.sources.robot_errors import RobotTrouble
from spottui.sources.robot_sdk import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from spottui.sources.robot_connection import Connection

TIME_SYNC = Rpc(
    "bosdyn.api.TimeSyncService", "TimeSyncUpdate", "time_sync_pb2", "TimeSyncUpdateRequest", "TimeSyncUpdateResponse"
)
OK, NOT_READY = 1, 3
ROUNDS = 5
"""Exchanges at most in one comparison; two are enough."""


class TimeSync:
    """The exchange with one robot: each round tells the robot how the one before went."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._identifier = ""
        self._previous: Any = None

    def compare(self, connection: Connection) -> float:
        """Return the robot's clock minus ours, in seconds.

        Raises:
            RobotTrouble: The service is not ready, absent, forbidden or silent.
        """
        for _ in range(ROUNDS):
            fields: dict[str, Any] = {}
            if self._identifier and self._previous is not None:
                fields = {"clock_identifier": self._identifier, "previous_round_trip": self._previous}
            started = self._clock()
            answer = connection.call("time-sync", TIME_SYNC, fields)
            self._remember(answer, started, self._clock())
            if answer.state.status == OK:
                skew = answer.state.best_estimate.clock_skew
                return skew.seconds + skew.nanos / 1e9
            if answer.state.status == NOT_READY:
                raise RobotTrouble("service-fault", "The robot's time-sync service is not ready.")
        raise RobotTrouble("service-fault", "The robot's time-sync service asks for ever more samples.")

    def _remember(self, answer: Any, started: float, ended: float) -> None:
        header = answer.header
        if not header.HasField("request_received_timestamp") or not header.HasField("response_timestamp"):
            raise RobotTrouble("service-fault", "The robot's time-sync service leaves out its own times.")
        self._identifier = answer.clock_identifier
        self._previous = message("time_sync_pb2", "TimeSyncRoundTrip")()
        _set(self._previous.client_tx, started)
        _set(self._previous.client_rx, ended)
        self._previous.server_rx.CopyFrom(header.request_received_timestamp)
        self._previous.server_tx.CopyFrom(header.response_timestamp)


def _set(stamp: Any, at: float) -> None:
    stamp.seconds, stamp.nanos = int(at), int((at % 1) * 1e9)

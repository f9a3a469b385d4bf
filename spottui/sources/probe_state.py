"""How one target stands after many tries: slow to call it lost, slower to call it back; pure."""

from __future__ import annotations

from collections import deque

from spottui.records_links import Probe, ProbeState
from spottui.sources.probe_judge import Answer
from spottui.sources.probe_targets import Target

HOUR = 3600.0
"""Seconds of history kept."""
LOSS_OVER = 20
"""Tries that the loss is counted over."""
LOST_AFTER = 2
"""Tries in vain, in a row, until it is down: one lost packet is none."""
BACK_AFTER, BACK_SECONDS = 3, 10.0
"""Answers in a row, and seconds since the first of them, until it is back."""
SLOW, BRISK = 2.0, 1.2
"""Seconds of round trip above which it turns slow, and under which it is no longer."""
SLOW_AFTER = 3
"""Answers in a row for either."""
REACHED = ("good", "slow", "login")


class Track:
    """Remembers the tries of one target and says how it stands."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._state: ProbeState = "unknown"
        self._reason = ""
        self._tries: deque[tuple[float, float | None]] = deque()
        """When, and the round trip; None: no answer."""
        self._missed = 0
        self._answers = 0
        self._answering_since = 0.0
        self._pace: deque[float] = deque(maxlen=SLOW_AFTER)
        self._round_trip: float | None = None
        self._answered_at: float | None = None
        self._tls_until: float | None = None
        self._peer = ""
        self.bytes_used = 0

    @property
    def state(self) -> ProbeState:
        """How it stands."""
        return self._state

    @property
    def is_changing(self) -> bool:
        """It should be asked again soon: it may be lost, or come back."""
        if self._state in ("down", "portal"):
            return self._answers > 0
        return 0 < self._missed < LOST_AFTER and self._state != "unknown"

    def take(self, answer: Answer, at: float) -> None:
        """Take in one try that ended at `at`."""
        is_answer = answer.verdict in ("good", "login")
        self._tries.append((at, answer.round_trip if is_answer else None))
        while self._tries[0][0] < at - HOUR:
            self._tries.popleft()
        self.bytes_used += answer.bytes_in + answer.bytes_out
        self._tls_until = answer.tls_until or self._tls_until
        self._peer = answer.peer or self._peer
        if is_answer:
            self._answered(answer, at)
        else:
            self._failed(answer)

    def _answered(self, answer: Answer, at: float) -> None:
        if self._answers == 0:
            self._answering_since = at
        self._answers, self._missed = self._answers + 1, 0
        self._round_trip, self._answered_at = answer.round_trip, at
        if answer.round_trip is not None:
            self._pace.append(answer.round_trip)
        if self._state in ("down", "portal"):
            is_back = self._answers >= BACK_AFTER and 0 <= at - self._answering_since >= BACK_SECONDS
            if not is_back:
                self._reason = f"It answers again ({self._answers} of {BACK_AFTER})."
                return
        self._state, self._reason = self._reached(answer)

    def _reached(self, answer: Answer) -> tuple[ProbeState, str]:
        is_slow = self._state == "slow"
        if len(self._pace) == SLOW_AFTER:
            is_slow = min(self._pace) > SLOW or (is_slow and not max(self._pace) < BRISK)
        if is_slow:
            return "slow", answer.reason
        return ("login" if answer.verdict == "login" else "good"), answer.reason

    def _failed(self, answer: Answer) -> None:
        self._answers, self._missed = 0, self._missed + 1
        self._pace.clear()
        if answer.verdict == "portal":
            self._state, self._reason = "portal", answer.reason
        elif self._state == "unknown" or self._missed >= LOST_AFTER or self._state == "down":
            self._state, self._reason = "down", answer.reason
        else:
            self._reason = f"Once without an answer: {answer.reason}"

    def probe(self) -> Probe:
        """Return the record of how it stands."""
        latest = list(self._tries)[-LOSS_OVER:]
        target = self.target
        return Probe(
            id=target.id,
            kind=target.kind,
            name=target.name,
            url=target.url,
            state=self._state,
            reason=self._reason,
            round_trip=self._round_trip,
            loss=sum(trip is None for _, trip in latest) / len(latest) if latest else None,
            history=tuple(trip for _, trip in self._tries),
            asked_at=self._tries[-1][0] if self._tries else None,
            answered_at=self._answered_at,
            tls_until=self._tls_until,
            bytes_used=self.bytes_used,
            peer=self._peer,
        )

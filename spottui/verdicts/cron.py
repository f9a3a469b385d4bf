"""Cron schedules, exactly as the library that Argo CD uses (robfig/cron v3) reads and runs them; five fields.

Unlike other crons: no descriptors ("@daily"), no 7 for Sunday, `?` is `*`, `5/10` is `5-max/10`, empty members of a
list count for nothing, and day of month and day of week are both needed when one of them has a star, else either.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_YEARS = 5
"""A schedule that fires in none of the following years never fires."""
_SPACES = re.compile("[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_NUMBER = re.compile(r"[+-]?[0-9]+")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "sun mon tue wed thu fri sat".split()
_BOUNDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_LONGEST = 400
"""Digits of a number; more are never meant."""
_EPOCH = datetime(1970, 1, 1)
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of the months, at most."""
_DAY = 86400
_SHORT = 62 * _DAY
"""So near a fire is looked for the short way first."""
_ONE_DAY = timedelta(days=1)


class BadSchedule(ValueError):
    """A schedule that Argo CD refuses; says why in the library's words."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron schedule that was understood."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 is Sunday."""
    any_day: bool
    """Day of month has a star."""
    any_weekday: bool
    times: tuple[int, ...]
    """Seconds of a day at which it fires, sorted."""
    zone: tzinfo | None = None
    """Of a "TZ=" prefix; None reads the clock that `after` is given."""

    def is_day(self, when: datetime) -> bool:
        """Tell whether it fires on a day."""
        by_day, by_weekday = when.day in self.days, when.isoweekday() % 7 in self.weekdays
        return by_day and by_weekday if self.any_day or self.any_weekday else by_day or by_weekday

    @property
    def can_fire(self) -> bool:
        """False for one that no calendar lets fire, such as on 30 February."""
        if not self.times or not self.months:
            return False
        by_day = any(day <= _LENGTHS[month - 1] for month in self.months for day in self.days)
        if self.any_day or self.any_weekday:
            return by_day and bool(self.weekdays)
        return by_day or bool(self.weekdays)

    def after(self, at: float) -> int | None:
        """Return the first time after `at`, both in seconds since the epoch (UTC); None when it never fires."""
        if not self.can_fire:
            return None
        try:
            first = math.floor(at) + 1
            if self.zone is None or self.zone is UTC:
                return self._after(first)
            return self._after_in_zone(first, self.zone)
        except (OverflowError, ValueError, OSError):  # a year that no calendar here has
            return None

    def _after(self, first: int) -> int | None:
        """Return the first time from `first` on, by a clock that is never put forward or back."""
        day = _EPOCH + timedelta(seconds=first - first % _DAY)
        limit = day.year + _YEARS
        at = bisect_left(self.times, first % _DAY)
        while day.year <= limit:
            if day.month not in self.months:
                year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
                day, at = datetime(year, month, 1), 0
                continue
            if at < len(self.times) and self.is_day(day):
                return (day - _EPOCH).days * _DAY + self.times[at]
            day, at = day + _ONE_DAY, 0
        return None

    def _after_in_zone(self, first: int, zone: tzinfo) -> int | None:
        """Return the first time from `first` on, by a clock that may be put forward or back on the way."""
        ahead = offset_of(zone, first)
        wall = self._after(first + ahead)
        if wall is not None and wall - ahead - first < _SHORT:
            days = range(first - _DAY, wall - ahead + _DAY, _DAY)  # the library begins at the day's first hour
            if all(offset_of(zone, day) == ahead for day in (*days, wall - ahead + _DAY)):
                return wall - ahead
        return _Search(self, zone, first).run()


@lru_cache(maxsize=256)
def parse(text: str) -> Schedule:
    """Return a schedule.

    Raises:
        BadSchedule: Argo CD would refuse it too.
    """
    if not text:
        raise BadSchedule("empty spec string")
    zone = None
    if text.startswith(("TZ=", "CRON_TZ=")):
        name, gap, text = text.partition("=")[2].partition(" ")
        if not gap:
            raise BadSchedule(f"nothing after the time zone {name}")
        zone = load_zone(name)
        if zone is None:
            raise BadSchedule(f"provided bad location {name}: unknown time zone {name}")
        text = text.strip()
    if text.startswith("@"):
        raise BadSchedule(f"parser does not accept descriptors: {text}")
    fields = [field for field in _SPACES.split(text) if field]
    if len(fields) != len(_BOUNDS):
        raise BadSchedule(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    sets = [_field(field, *bounds) for field, bounds in zip(fields, _BOUNDS, strict=True)]
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = sets
    times = tuple(hour * 3600 + minute * 60 for hour in sorted(hours) for minute in sorted(minutes))
    return Schedule(minutes, hours, days, months, weekdays, any_day, any_weekday, times, zone)


@lru_cache(maxsize=256)
def load_zone(name: str) -> tzinfo | None:
    """Return a time zone of the IANA data base; empty, "UTC" and "Local" are UTC; None when it is not known."""
    if name in ("", "UTC", "Local"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _field(field: str, low: int, high: int, names: dict[str, int]) -> tuple[frozenset[int], bool]:
    """Return the numbers of a field, and whether it has a star."""
    numbers: set[int] = set()
    has_star = False
    for part in field.split(","):
        if part:
            found, is_star = _range(part, low, high, names)
            numbers |= found
            has_star |= is_star
    return frozenset(numbers), has_star


def _range(text: str, low: int, high: int, names: dict[str, int]) -> tuple[set[int], bool]:
    span, *steps = text.split("/")
    start_text, *end_text = span.split("-")
    is_star = start_text in ("*", "?")
    if is_star:
        start, end = low, high
    else:
        start = _number(start_text, names)
        if len(end_text) > 1:
            raise BadSchedule(f"too many hyphens: {text}")
        end = _number(end_text[0], names) if end_text else start
    step = 1
    if len(steps) > 1:
        raise BadSchedule(f"too many slashes: {text}")
    if steps:
        step = _number(steps[0], {})
        end = high if not end_text else end
        is_star = is_star and step <= 1
    if start < low:
        raise BadSchedule(f"beginning of range ({start}) below minimum ({low}): {text}")
    if end > high:
        raise BadSchedule(f"end of range ({end}) above maximum ({high}): {text}")
    if start > end:
        raise BadSchedule(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise BadSchedule(f"step of range should be a positive number: {text}")
    return set(range(start, end + 1, step)), is_star


def _number(text: str, names: dict[str, int]) -> int:
    named = names.get(text.lower())
    if named is not None:
        return named
    if not _NUMBER.fullmatch(text) or len(text) > _LONGEST:
        raise BadSchedule(f"failed to parse int from {text}")
    number = int(text)
    if number < 0:
        raise BadSchedule(f"negative number ({number}) not allowed: {text}")
    return number


def offset_of(zone: tzinfo, at: float) -> int:
    """Return the seconds that a zone's clock is ahead of UTC at a time."""
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


class _Search:
    """The library's search for the next time, with its ways across changes of the clock."""

    def __init__(self, schedule: Schedule, zone: tzinfo, at: int) -> None:
        self._schedule, self._zone, self._at = schedule, zone, at
        self._is_cut = False
        """The parts smaller than the one that is searched were set to nothing once."""

    def run(self) -> int | None:
        limit = self._when().year + _YEARS
        while self._when().year <= limit:
            if self._month() and self._day() and self._hour() and self._minute() and self._second():
                return self._at
        return None

    def _when(self) -> datetime:
        """What the clock of the zone shows."""
        return (_EPOCH + timedelta(seconds=self._at + self._offset(self._at))).replace(microsecond=0)

    def _offset(self, at: int) -> int:
        return offset_of(self._zone, at)

    def _set(self, when: datetime) -> None:
        """Go to a reading of the clock; one that is left out or there twice is taken as Go takes it."""
        at = round((when - _EPOCH).total_seconds())
        offset = self._offset(at)
        if offset:
            offset = self._offset(at - offset)
        self._at = at - offset

    def _cut(self, begin: datetime) -> None:
        if not self._is_cut:
            self._is_cut = True
            self._set(begin)

    def _month(self) -> bool:
        while (when := self._when()).month not in self._schedule.months:
            self._cut(when.replace(day=1, hour=0, minute=0, second=0))
            when = self._when()
            self._set(when.replace(year=when.year + when.month // 12, month=when.month % 12 + 1))
            if self._when().month == 1:
                return False
        return True

    def _day(self) -> bool:
        while not self._schedule.is_day(when := self._when()):
            self._cut(when.replace(hour=0, minute=0, second=0))
            self._set(self._when() + timedelta(days=1))
            hour = self._when().hour
            if hour:  # midnight was left out, or there twice
                self._at += (24 - hour if hour > 12 else -hour) * 3600
            if self._when().day == 1:
                return False
        return True

    def _hour(self) -> bool:
        while (when := self._when()).hour not in self._schedule.hours:
            self._cut(when.replace(minute=0, second=0))
            self._at += 3600
            if self._when().hour == 0:
                return False
        return True

    def _minute(self) -> bool:
        while self._when().minute not in self._schedule.minutes:
            if not self._is_cut:
                self._is_cut = True
                self._at -= self._at % 60
            self._at += 60
            if self._when().minute == 0:
                return False
        return True

    def _second(self) -> bool:
        while self._when().second != 0:
            self._is_cut = True
            self._at += 1
            if self._when().second == 0:
                return False
        return True

"""The lines of a log view: bounded by bytes, filtered, searched; knows nothing of the terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from spottui.records_logs import LogLine
from spottui.widgets.row_filter import RowFilter

LIMIT = 8 << 20
"""Bytes of text kept by default; the oldest lines go first."""
OVERHEAD = 240
"""Bytes that a line costs beside its text, about: the record, its stamp, what Python puts around a text."""
CHUNK = 512


class LogBuffer:
    """Lines by rising number, so that a view can hold on to one while older ones go."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._chunks: deque[list[LogLine]] = deque()
        """All but the last hold `CHUNK` lines: indexing stays quick and dropping is by the chunk."""
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self.first = 0
        """Number of the oldest line that is kept."""
        self.end = 0
        """Number that the next line will have."""
        self.row_filter = RowFilter()
        self._shown: deque[int] = deque()
        """Numbers of the lines that the filter lets through; unused when it lets all through."""

    @property
    def is_filtered(self) -> bool:
        """Whether lines may be hidden."""
        return not self.row_filter.shows_all

    def add(self, lines: Iterable[LogLine]) -> None:
        """Append lines; the oldest go when there is no more room."""
        for line in lines:
            if not self._chunks or len(self._chunks[-1]) == CHUNK:
                self._chunks.append([])
                self._sizes.append(0)
            size = len(line.text) + OVERHEAD
            self._chunks[-1].append(line)
            self._sizes[-1] += size
            self._bytes += size
            if self.is_filtered and self._lets_through(line):
                self._shown.append(self.end)
            self.end += 1
        while self._bytes > self._limit and len(self._chunks) > 1:
            self.first += len(self._chunks.popleft())
            self._bytes -= self._sizes.popleft()
        while self._shown and self._shown[0] < self.first:
            self._shown.popleft()

    def clear(self) -> None:
        """Forget all lines; numbers go on."""
        self._chunks.clear()
        self._sizes.clear()
        self._shown.clear()
        self._bytes, self.first = 0, self.end

    def line(self, number: int) -> LogLine:
        """Return the line of this number, which must be kept."""
        place = number - self.first
        return self._chunks[place // CHUNK][place % CHUNK]

    def set_filter(self, text: str) -> None:
        """Show only lines that match; marks of gaps are always shown."""
        self.row_filter = RowFilter.parse(text)
        self._shown.clear()
        if self.is_filtered:
            self._shown.extend(number for number, line in self._numbered() if self._lets_through(line))

    def __len__(self) -> int:
        """Return how many lines are shown."""
        return len(self._shown) if self.is_filtered else self.end - self.first

    def backward(self, before: int) -> Iterator[int]:
        """Yield the numbers of shown lines below `before`, the newest first."""
        if not self.is_filtered:
            yield from range(min(before, self.end) - 1, self.first - 1, -1)
        else:
            yield from (number for number in reversed(self._shown) if number < before)

    def forward(self, start: int) -> Iterator[int]:
        """Yield the numbers of shown lines from `start` on."""
        if not self.is_filtered:
            yield from range(max(start, self.first), self.end)
        else:
            yield from islice(self._shown, self._place(start), None)

    def find(self, needle: str, start: int, *, back: bool) -> int | None:
        """Return the number of the nearest shown line with `needle` (case is the same), or None."""
        wanted = needle.casefold()
        numbers = self.backward(start) if back else self.forward(start + 1)
        return next((number for number in numbers if wanted in self.line(number).text.casefold()), None)

    def texts(self) -> Sequence[str]:
        """Return the shown lines as they are saved: stamp, pod, container, text."""
        return [as_saved(self.line(number)) for number in self.forward(self.first)]

    def _lets_through(self, line: LogLine) -> bool:
        return line.kind == "gap" or self.row_filter.matches(f"{line.pod} {line.container} {line.text}", {})

    def _numbered(self) -> Iterator[tuple[int, LogLine]]:
        number = self.first
        for chunk in self._chunks:
            for line in chunk:
                yield number, line
                number += 1

    def _place(self, number: int) -> int:
        """Return the place of the first shown number that is not below `number`."""
        low, high = 0, len(self._shown)
        while low < high:
            middle = (low + high) // 2
            if self._shown[middle] < number:
                low = middle + 1
            else:
                high = middle
        return low


def as_saved(line: LogLine) -> str:
    """Return a line for a file."""
    if line.kind == "gap":
        return f"--- {line.stamp} {line.pod} {line.container}: {line.text}"
    return f"{line.stamp} {line.pod} {line.container} {line.text}"

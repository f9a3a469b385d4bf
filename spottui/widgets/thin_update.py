"""Writes of a repaint only the cells that were asked for; Textual writes each line from its start."""

from __future__ import annotations

from rich.console import Console
from textual._compositor import ChopsUpdate
from textual.geometry import Offset
from textual.strip import Strip


class ThinUpdate(ChopsUpdate):
    """A partial repaint cut at both ends of each span: an AGE cell costs 50 bytes over SSH, not a line's 300."""

    @classmethod
    def of(cls, update: ChopsUpdate) -> ThinUpdate:
        """Return the same repaint, written thinly."""
        return cls(update.chops, update.spans, update.chop_ends)

    def render_segments(self, console: Console) -> str:
        """Return what is written to the terminal."""
        written: list[str] = []
        for y, start, end in self.spans:
            for chop_end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(x, start), min(chop_end, end)
                if strip is not None and first < last:
                    written.append(_at(Offset(first, y)) + _cut(strip, first - x, last - x).render(console))
        return "".join(written)


def _cut(strip: Strip, start: int, end: int) -> Strip:
    return strip if start == 0 and end == strip.cell_length else strip.crop(start, end)


def _at(place: Offset) -> str:
    return f"\x1b[{place.y + 1};{place.x + 1}H"

"""Figures: what was measured, beside what k9s needs and what is wanted; their table, and their file."""

from __future__ import annotations

import json
import os
import platform
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct, to_builtins

from spottui import __version__

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
HEADER = "| | spottui | k9s | ratio | wanted | | load |\n|---|---|---|---|---|---|---|"


class Figure(Struct, frozen=True, kw_only=True):
    """One line of the table."""

    section: str
    name: str
    value: float
    unit: str = ""
    text: str = ""
    """The value as its own program wrote it; empty: from `value` and `unit`."""
    k9s: float | None = None
    """None: k9s was not measured at this."""
    wanted: str = ""
    """ "<= 0.4x" of k9s, or "<= 100 ms"; empty: nothing is asked for."""
    load: float = 0.0
    """Of the machine when it was measured: other programs were running beside it."""

    @property
    def ratio(self) -> float | None:
        """The share of what k9s needs."""
        return self.value / self.k9s if self.k9s else None

    @property
    def is_met(self) -> bool | None:
        """Whether it is as wanted; None where nothing is wanted, or k9s would have to be there."""
        found = _NUMBER.search(self.wanted)
        if found is None:
            return None
        limit, value = float(found[0]), self.value
        if self.wanted.endswith("x"):
            if (ratio := self.ratio) is None:
                return None
            value = ratio
        return value >= limit if ">=" in self.wanted else value <= limit

    @property
    def shown(self) -> str:
        """The value for the table."""
        return self.text or f"{_plain(self.value)} {self.unit}".strip()

    def line(self) -> str:
        """Return its line of the table."""
        theirs = "" if self.k9s is None else f"{_plain(self.k9s)} {self.unit}".strip()
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}x"
        met = {True: "met", False: "MISSED", None: ""}[self.is_met]
        if self.is_met is None and self.wanted.endswith("x"):
            met = "k9s not measured"
        return f"| {self.name} | {self.shown} | {theirs} | {ratio} | {self.wanted} | {met} | {self.load:.1f} |"


def _plain(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"


def load() -> float:
    """Return the load of the machine."""
    return os.getloadavg()[0]


def table(figures: Sequence[Figure]) -> str:
    """Return the one table, a heading line for each section."""
    lines = [HEADER]
    section = ""
    for figure in figures:
        if figure.section != section:
            section = figure.section
            lines.append(f"| **{section}** | | | | | | |")
        lines.append(figure.line())
    return "\n".join(lines)


def machine() -> str:
    """Return what it was measured on."""
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')}: spottui {__version__}, Python {platform.python_version()}, "
        f"{platform.machine()}, {os.cpu_count()} cores, load {load():.1f}"
    )


def write(folder: Path, figures: Sequence[Figure], whose: str) -> Path:
    """Write the figures as a file of their own; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    lines = [to_builtins(figure) | {"ratio": figure.ratio, "met": figure.is_met} for figure in figures]
    path.write_text(json.dumps({"machine": machine(), "k9s": whose, "figures": lines}, indent=1) + "\n")
    return path


def read_table(section: str, text: str) -> list[Figure]:
    """Return the figures of a table that another program printed: its second column (or its difference), and wanted."""
    found: list[Figure] = []
    names: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or set(line) <= set("|- "):
            continue
        if not cells[0]:
            names = cells
            continue
        row = dict(zip(names, cells, strict=False))
        shown = row.get("difference") or cells[1]
        number = _NUMBER.search(shown)
        if number is None:
            continue
        wanted = row.get("wanted", "")
        found.append(
            Figure(
                section=section,
                name=cells[0],
                value=float(number[0]),
                text=shown,
                wanted=wanted if wanted[:2] in ("<=", ">=") else "",
                load=load(),
            )
        )
    return found


def missed(figures: Iterable[Figure]) -> list[Figure]:
    """Return what is not as wanted."""
    return [figure for figure in figures if figure.is_met is False]

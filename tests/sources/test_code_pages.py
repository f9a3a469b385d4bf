"""A library's code can leave memory and come back; what is no plain code of a file is never touched."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from spottui.sources.code_pages import give_back

SMAPS = """7f00-7f10 r-xp 00000000 08:01 42 /usr/lib/libx.so.1
Size: 64 kB
Rss: 64 kB
Anonymous: {anonymous} kB
7f10-7f20 rw-p 00000000 08:01 42 /usr/lib/libx.so.1
Rss: 4 kB
Anonymous: 4 kB
7f20-7f30 r-xp 00000000 08:01 43 /usr/lib/liby.so.1
Anonymous: 0 kB
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_code_is_given_back_and_runs_on() -> None:
    import sqlite3

    connection = sqlite3.connect(":memory:")
    assert connection.execute("select 6 * 7").fetchone() == (42,)
    before = _resident("libsqlite3")
    if not before:
        pytest.skip("sqlite is part of Python itself here")
    assert give_back(("libsqlite3",)) >= before
    assert _resident("libsqlite3") < before
    assert connection.execute("select upper('still there')").fetchone() == ("STILL THERE",)
    connection.close()


@pytest.mark.parametrize(
    ("library", "anonymous", "text"),
    [("libx", 4, SMAPS), ("libz", 0, SMAPS), ("libx", 0, ""), ("libx", 0, "no such lines\n" * 3)],
)
def test_changed_code_other_libraries_and_odd_files_are_left_alone(
    tmp_path: Path, library: str, anonymous: int, text: str
) -> None:
    maps = tmp_path / "smaps"
    maps.write_text(text.format(anonymous=anonymous))
    assert give_back((library,), maps) == 0
    assert give_back((library,), tmp_path / "none") == 0


def _resident(library: str) -> int:
    """Return the bytes of a library's code in memory."""
    text = Path("/proc/self/smaps").read_text()
    found = re.finditer(rf"^\S+ r-xp .*/{library}\S*\n(?:[A-Z].*\n)*?Rss:\s+(\d+)", text, re.MULTILINE)
    return 1024 * sum(int(each.group(1)) for each in found)

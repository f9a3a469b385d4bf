"""What sources clean with: see `spottui.safe_text`."""

from __future__ import annotations

from spottui.safe_text import LIMIT, LINE_MARK, clean

__all__ = ["LIMIT", "LINE_MARK", "clean"]

"""What Kubernetes, containerd and wasm shims say when a pod does not run, and what that means; first match wins.

Each row: a code, the text as it is said, one sentence of cause, one of advice, and who says it. Rows go from the
specific to the general. Named groups of the pattern may be used in both sentences.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from spottui.verdicts.why_ended import KUBELET, PROBE, START
from spottui.verdicts.why_needs import CONFIG, IMAGE, VOLUMES
from spottui.verdicts.why_refused import ADMISSION, SANDBOX
from spottui.verdicts.why_row import Row

TEXT_LIMIT = 4000
"""Characters of a message that are looked at: what matters stands at its start, and patterns must stay quick."""
GROUP_LIMIT = 160


class Meaning(Struct, frozen=True):
    """What a message means."""

    code: str
    cause: str
    """One sentence."""
    advice: str
    """One sentence."""
    source: str
    """Who says it."""


ROWS: tuple[Row, ...] = (*PROBE, *ADMISSION, *SANDBOX, *VOLUMES, *CONFIG, *IMAGE, *START, *KUBELET)
"""A probe's answer comes first: it may hold any text, also that of a registry."""


@lru_cache(maxsize=512)
def meaning(text: str) -> Meaning | None:
    """Return what a message means, or None when no row knows it."""
    head = text[:TEXT_LIMIT]
    for row in ROWS:
        if (found := row.search(head)) is not None:
            groups = {name: (value or "")[:GROUP_LIMIT].strip(" .,") for name, value in found.groupdict().items()}
            return Meaning(row.code, _filled(row.cause, groups), _filled(row.advice, groups), row.source)
    return None


def _filled(sentence: str, groups: dict[str, str]) -> str:
    """Return the sentence with its groups, without the gaps that empty ones leave."""
    text = sentence.format_map(groups)
    for gap, closed in (("  ", " "), (": .", "."), (" .", "."), (". .", "."), ("..", ".")):
        text = text.replace(gap, closed)
    text = text.strip()
    return text if text.endswith(".") else f"{text}."

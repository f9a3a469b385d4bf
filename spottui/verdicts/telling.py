"""Names that tell that what stands beside them is a secret; pure."""

from __future__ import annotations

import re

TELLING = re.compile(r"(?i)pass(word|wd|phrase)?|secret|token|credential|api_?-?key|private_?-?key|access_?-?key|auth")


def is_telling(name: str) -> bool:
    """Whether a variable of this name holds a secret, as far as names go."""
    return TELLING.search(name) is not None

"""Values as YAML that is safe to show and still means the same: what a terminal would obey is escaped, not left out."""

from __future__ import annotations

from typing import Any

import yaml

from spottui.safe_text import escaped, whole

_STRING = "tag:yaml.org,2002:str"


def yaml_text(value: Any, *, sort_keys: bool = False, width: int = 1_000_000) -> str:
    """Return a value as YAML, keys in their order unless `sort_keys`; a text folds at `width` characters."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=sort_keys, allow_unicode=True, width=width)
    return "\n".join(escaped(line, _escape) for line in text.split("\n"))


_Fastest: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""Ten times as fast, where libyaml is."""


class _Dumper(_Fastest):
    """Quotes the texts in which something is to be escaped."""


def _represented(dumper: Any, text: str) -> Any:
    text = whole(text)
    line = text.replace("\n", " ")
    is_odd = escaped(line, _escape) != line
    return dumper.represent_scalar(_STRING, text, style='"' if is_odd else None)


_Dumper.add_representer(str, _represented)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"

"""What the environment says of the terminal: its locale, whether a screen can be drawn, how often.

The environment is passed in.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping

ASCII = "".join(map(chr, range(32, 127)))


def charset(environ: Mapping[str, str]) -> str:
    """Return the codec of the locale's characters: "utf-8" where none is set, "ascii" for C and what is unknown."""
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "C.UTF-8"
    _, _, named = locale.partition(".")
    try:
        name = codecs.lookup(named.partition("@")[0] or "ascii").name
        is_superset = bytes(range(32, 127)).decode(name) == ASCII
    except (LookupError, UnicodeError):
        return "ascii"
    return name if is_superset else "ascii"


def speaks_utf8(environ: Mapping[str, str]) -> bool:
    """Say whether the locale is UTF-8; an unset one is taken as such, as most terminals are."""
    return charset(environ) == "utf-8"


def is_remote(environ: Mapping[str, str]) -> bool:
    """Say whether what we draw goes over SSH or through tmux, where every byte and frame counts."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX"))


def textual_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to set before Textual is imported: it reads them once, on import."""
    fps = environ.get("TEXTUAL_FPS") or ("15" if is_remote(environ) else "30")
    return {"TEXTUAL_FPS": fps, "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}


def why_no_screen(environ: Mapping[str, str], *, has_input: bool, has_output: bool) -> str | None:
    """Return a sentence that says why the full screen cannot start here, or None when it can."""
    if not has_output:
        return "The output is not a terminal, so there is no screen to draw on; use: spottui status"
    if not has_input:
        return "The input is not a terminal, so no key could be pressed; use: spottui status"
    if environ.get("TERM", "") in ("", "dumb"):
        term = environ.get("TERM", "")
        said = f'TERM is "{term}"' if term else "TERM is not set"
        return f"{said}, a terminal that cannot draw a screen; set TERM, or use: spottui status"
    return None


def colours(environ: Mapping[str, str]) -> str:
    """Return how many colours the terminal claims to have, in words."""
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        return "none (NO_COLOR is set)"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million"
    if term in ("", "dumb"):
        return "none"
    return "256" if "256color" in term else "16"

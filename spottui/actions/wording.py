"""What acts say and ask, made safe to show in one place: they quote objects just as the server gave them."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar, cast

from spottui.actions.forms import Field, Noted
from spottui.actions.services import Options
from spottui.errors import LONGEST
from spottui.safe_text import clean

_ENDS = "\x1b"
"""Put at the end, so that a sequence that a name leaves open takes none of our own words with it."""
Text = TypeVar("Text", bound=str)


def shown(text: Text) -> Text:
    """Return a sentence on one line, without what a terminal obeys; an `Unfinished` or a `Noted` stays one."""
    safe = clean(text if text.isprintable() else f"{text}{_ENDS}", LONGEST)
    if isinstance(text, Noted):
        return cast("Text", Noted(safe, [shown(line) for line in text.lines]))
    return text if safe == text else type(text)(safe)


def shown_field(field: Field) -> Field:
    """Return what is asked for, fit to be shown; what the picks stand for is sent as it is."""
    picks = tuple(replace(pick, title=shown(pick.title), note=shown(pick.note)) for pick in field.picks)
    value = field.value if field.kind == "fixed" else shown(field.value)
    value_of = field.value_of

    def shown_value(options: Options) -> str:
        return shown(value_of(options)) if value_of is not None else ""

    return replace(
        field, text=shown(field.text), picks=picks, value=value, value_of=shown_value if value_of is not None else None
    )

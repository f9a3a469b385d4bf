"""The line above a table: which table, how many rows of how many, how we stand with its kind, what narrows it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from spottui.records import Access
from spottui.widgets.one_line import Part
from spottui.widgets.tones import Span


class Narrowed(Struct, frozen=True):
    """What hides rows beside the filter."""

    namespace: str = ""
    only_unhealthy: bool = False


def why_empty(access: Access, everything: int, narrowed: Narrowed) -> str:
    """Return why a table is empty; an empty text when its kind is live and there just is nothing."""
    if access.state == "waiting":
        return "Waiting for the first answer…"
    if access.state != "live":
        return access.reason or access.state
    if not everything:
        return ""
    words = [f"namespace {narrowed.namespace}"] if narrowed.namespace else []
    words += ["only what is not well (!)"] if narrowed.only_unhealthy else []
    return f"Nothing here with {' and '.join(words)}. {everything} rows are hidden."


def with_limit(nothing: str, access: Access) -> str:
    """Return the sentence of an empty table with what limits its kind: what is elsewhere is not seen."""
    return f"{nothing} {access.reason}".strip() if access.state == "live" else nothing


def title_part(titles: Sequence[tuple[str, bool]], shown: int, everything: int) -> Part:
    """Return the titles, each with whether it is the shown one, and the count of rows."""
    spans: list[Span] = [(f" {title} ", "title" if is_shown else "dim") for title, is_shown in titles]
    spans.append((f" {shown}" if shown == everything else f" {shown} of {everything}", ""))
    return Part(tuple(spans))


def access_parts(access: Access, age: str, *, has_rows: bool) -> list[Part]:
    """Return how we stand with the kind; of a live one only what limits it. `age`: that of the last word, or ""."""
    if access.state not in ("live", "waiting"):
        heard = f", heard {age} ago" if age else ""
        return [Part(((f"{access.state}{heard}: {access.reason}", "warn"),), 0)]
    if access.state == "waiting":
        return [Part((("loading…", "dim"),), 3)] if has_rows else []
    if not access.reason:
        return []
    return [Part(((access.reason, "warn"),), 1, short=((access.reason.partition(": ")[0], "warn"),))]


def narrowed_parts(narrowed: Narrowed, filter_text: str, filter_error: str, marks: int) -> list[Part]:
    """Return what narrows the rows, and how many are marked."""
    words = [
        (f"ns {narrowed.namespace}" if narrowed.namespace else "", "accent"),
        ("! only unhealthy" if narrowed.only_unhealthy else "", "accent"),
        (f"/{filter_text}" if filter_text else "", "accent"),
        (filter_error, "bad"),
        (f"{marks} marked" if marks else "", "accent"),
    ]
    return [Part(((word, tone),), 1) for word, tone in words if word]

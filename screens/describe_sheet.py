"""How described facts are laid out, and how single values of an object's JSON become text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from spottui.actions.objects import part, rows
from spottui.safe_text import clean
from spottui.widgets.tones import Line

Json = Mapping[str, Any]
NONE = "<none>"
VALUE_LENGTH = 4000
"""Characters of one value; the YAML has all of it."""
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def words(found: Json, name: str) -> list[str]:
    """Return the list of texts under `name`, empty when absent."""
    value = found.get(name)
    return [text(one) for one in value] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a value as kubectl prints it, without what a terminal would obey."""
    if isinstance(value, bool):
        return "true" if value else "false"
    plain = "" if value is None else str(value)
    return clean(plain, VALUE_LENGTH)


def moment(value: object) -> str:
    """Return a time as kubectl describe prints it, in UTC; <unset> for none."""
    try:
        found = datetime.fromisoformat(str(value)).astimezone(UTC)
    except ValueError:
        return "<unset>"
    return found.strftime("%a, %d %b %Y %H:%M:%S +0000")


class Sheet:
    """Lines of facts, in the order in which they are added."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def fact(self, name: str, value: object, indent: int = 0, tone: str = "") -> None:
        """Add "Name:  value"; several lines for a value of several."""
        first, *rest = text_lines(value)
        self.lines.append(((f"{' ' * indent}{name + ':':<{max(1, 18 - indent)}} ", "dim"), (first, tone)))
        self.lines += [((f"{' ' * 19}{line}", tone),) for line in rest]

    def head(self, name: str, indent: int = 0) -> None:
        """Add a line that only names what follows."""
        self.lines.append(((f"{' ' * indent}{name}:", "title" if indent == 0 else "dim"),))

    def line(self, words: str, indent: int = 2, tone: str = "") -> None:
        """Add a line of its own."""
        self.lines.append(((" " * indent, ""), (text(words), tone)))

    def many(self, name: str, values: Iterable[str], indent: int = 0) -> None:
        """Add a fact of one line per value; <none> where there are none."""
        found = list(values)
        self.fact(name, found or NONE, indent)

    def pairs(self, name: str, found: Json, indent: int = 0, sign: str = "=") -> None:
        """Add labels, annotations, limits: sorted, one per line."""
        kept = {key: value for key, value in found.items() if key != LAST_APPLIED}
        self.many(name, (f"{text(key)}{sign}{text(kept[key])}" for key in sorted(kept)), indent)

    def amounts(self, name: str, found: Json, indent: int = 0) -> None:
        """Add quantities below a heading, nothing where there are none."""
        if found:
            self.head(name, indent)
            for key in sorted(found):
                self.fact(text(key), found[key], indent + 2)

    def table(self, titles: Sequence[str], values: Iterable[Sequence[str]], indent: int = 2) -> None:
        """Add a small table whose columns are as wide as they need to be."""
        table = [list(titles), *([text(one) for one in row] for row in values)]
        widths = [min(40, max(len(row[place]) for row in table)) for place in range(len(titles))]
        for number, row in enumerate(table):
            cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            self.line(cells.rstrip(), indent, "dim" if number == 0 else "")


def text_lines(value: object) -> list[str]:
    """Return a value as one line, a list as one line each."""
    return [text(one) for one in value] if isinstance(value, list) and value else [text(value)]


def selector_text(found: Json) -> str:
    """Return a label selector as kubectl writes it."""
    labels = part(found, "matchLabels")
    parts = [f"{text(key)}={text(labels[key])}" for key in labels]
    for one in rows(found, "matchExpressions"):
        key, values = text(one.get("key")), ",".join(sorted(words(one, "values")))
        signs = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "DoesNotExist": f"!{key}"}
        parts.append(signs.get(str(one.get("operator")), key))
    return ",".join(sorted(parts)) or NONE


def head_facts(sheet: Sheet, found: Json) -> None:
    """Add labels and annotations."""
    meta = part(found, "metadata")
    sheet.pairs("Labels", part(meta, "labels"))
    sheet.pairs("Annotations", part(meta, "annotations"), sign=": ")


def condition_facts(sheet: Sheet, status: Json) -> None:
    """Add the conditions, and below the table what they say at length."""
    conditions = rows(status, "conditions")
    if conditions:
        sheet.head("Conditions")
        table = [tuple(text(one.get(key)) for key in ("type", "status", "reason")) for one in conditions]
        sheet.table(("Type", "Status", "Reason"), table)
        for one in conditions:
            if one.get("message"):
                sheet.line(f"{text(one.get('type'))}: {text(one['message'])}", tone="dim")

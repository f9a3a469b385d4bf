"""Knows the filter language of the tables, as in k9s and kubectl; knows nothing of screens or Textual."""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MAX_TEXT = 4_000
"""Characters of a row that a filter looks at: a cell of a megabyte must not stall the typing."""

_REGEX_SIGNS = re.compile(r"[\^$*+?\[\](){}|\\]")
_KEY = re.compile(r"(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?")
_SET = re.compile(r"(?P<key>\S+)\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUALITY = re.compile(r"(?P<key>[^=!\s]+)\s*(?P<operator>==|!=|=)\s*(?P<value>\S*)")

Labels = Mapping[str, str]
Test = Callable[[str, Labels], bool]


class _Refused(Exception):
    """What was typed is not a filter; the text says why, as one sentence."""


def _everything(text: str, labels: Labels) -> bool:
    """Match every row: the test of an empty or refused filter."""
    return True


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Decides which rows are shown."""

    text: str = ""
    """What the operator typed, without spaces around it."""
    error: str = ""
    """Why it is not a filter, as a sentence; empty when it is one. A refused filter shows every row."""
    _test: Test = field(default=_everything, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> "RowFilter":
        """Read a filter and never raise: what cannot be read comes back with `error` set.

        `foo bar` all of these words, `!foo` not this, `/re/` or any sign of one a regular expression,
        `-l a=b,c!=d,e,!f,x in (a,b),y notin (c)` labels as in kubectl, `-f abc` these letters in this order.
        Upper and lower case are the same everywhere but in labels.
        """
        typed = text.strip()
        try:
            return cls(typed, "", _test_for(typed))
        except _Refused as refused:
            return cls(typed, str(refused))

    @property
    def shows_all(self) -> bool:
        """True when no row can be hidden by it."""
        return self._test is _everything

    def matches(self, row_text: str, labels: Labels) -> bool:
        """Say whether a row with this searchable text and these labels is shown."""
        return self._test(row_text[:MAX_TEXT], labels)


def _test_for(typed: str) -> Test:
    """Choose the kind of filter by how the text begins."""
    match typed[:2]:
        case "-l" if typed[2:3] in ("", " "):
            return _selector(typed[2:].strip())
        case "-f" if typed[2:3] in ("", " "):
            return _fuzzy(typed[2:].strip())
    body = typed.removeprefix("!").strip()
    if not body or body == "/":
        return _everything
    if len(body) > 2 and body.startswith("/") and body.endswith("/"):
        test = _regex(body[1:-1])
    elif _REGEX_SIGNS.search(body):
        test = _regex(body)
    else:
        return _words(typed)
    return _inverse(test) if typed.startswith("!") else test


def _inverse(test: Test) -> Test:
    return lambda text, labels: not test(text, labels)


def _words(typed: str) -> Test:
    """Match rows that hold every plain word and none of the words after a `!`."""
    words = typed.casefold().replace("! ", "!").split()
    wanted = [word for word in words if not word.startswith("!")]
    refused = [word.lstrip("!") for word in words if word.startswith("!") and word.lstrip("!")]

    def test(text: str, labels: Labels) -> bool:
        text = text.casefold()
        for word in wanted:
            if word not in text:
                return False
        return not any(word in text for word in refused)

    if len(words) == 1 and wanted:  # what is typed most, and letter by letter
        return lambda text, labels: words[0] in text.casefold()
    return test


def _regex(pattern: str) -> Test:
    try:
        with warnings.catch_warnings(action="ignore"):  # a half-typed set warns about the future
            search = re.compile(pattern, re.IGNORECASE).search
    except (re.error, OverflowError, RecursionError) as error:
        raise _Refused(f"“{pattern}” is not a regular expression: {error}.") from error
    return lambda text, labels: search(text) is not None


def _fuzzy(letters: str) -> Test:
    """Match rows that hold these letters in this order, with anything between them."""
    wanted = "".join(letters.casefold().split())
    if not wanted:
        return _everything

    def test(text: str, labels: Labels) -> bool:
        place, text = 0, text.casefold()
        for letter in wanted:
            place = text.find(letter, place) + 1
            if not place:
                return False
        return True

    return test


def _selector(typed: str) -> Test:
    """Match rows whose labels meet every requirement of a kubectl label selector."""
    if not typed:
        return _everything
    requirements = [_requirement(part.strip()) for part in _split_outside_brackets(typed)]
    return lambda text, labels: all(requirement(labels) for requirement in requirements)


def _split_outside_brackets(typed: str) -> list[str]:
    """Split at the commas that are not inside `(...)`."""
    parts, depth = [""], 0
    for character in typed:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _requirement(part: str) -> Callable[[Labels], bool]:
    """Read one requirement; as in kubectl, `!=` and `notin` also match a row without the label."""
    if found := _SET.fullmatch(part):
        key, values = _key(found["key"]), {_value(value.strip()) for value in found["values"].split(",")}
        if found["operator"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUALITY.fullmatch(part):
        key, value = _key(found["key"]), _value(found["value"])
        if found["operator"] == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if part.startswith("!"):
        key = _key(part[1:].strip())
        return lambda labels: key not in labels
    key = _key(part)
    return lambda labels: key in labels


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise _Refused(f"“{key}” is not a label name; write for example -l app=web,!canary.")
    return key


def _value(value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise _Refused(f"“{value}” is not a label value; write for example -l tier in (web,api).")
    return value

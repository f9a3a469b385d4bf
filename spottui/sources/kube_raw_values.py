"""How single values of a Kubernetes reply become ours: words, messages, times, labels and quantities."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import MsgspecError, Struct

from spottui.clock import parse_time
from spottui.records import Condition, Labels, Owner
from spottui.sources.text import clean
from spottui.sources.unsaid import without_login

WORD_LENGTH = 317
"""The longest legal text that is no message: a label key of 253 + "/" + 63 characters."""
MESSAGE_LENGTH = 2000
LABELS_KEPT = 64
ANNOTATION_PREFIXES = (
    "argocd.argoproj.io/tracking-id",
    "core.spinkube.dev/",
    "core.spinoperator.dev/",
    "kwasm.sh/",
    "module.wasm.image/",
    "run.oci.handler",
    "runtime.spinkube.dev/",
    "spottui.dev/",
    "wasmcloud.com/",
)
"""Annotations that a verdict reads; the others are often larger than the object and are not kept."""

UNREADABLE = (MsgspecError, RecursionError, ValueError, OverflowError)
"""What decoding raises: too deep, a number out of range, and for bytes that are no UTF-8 no error of msgspec's own."""

_ESCAPED = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)


def mended(body: bytes) -> bytes:
    """Return JSON with a mark in place of halves of characters, which no decoder of ours takes."""
    return _ESCAPED.sub(_whole, body)


def _whole(found: re.Match[bytes]) -> bytes:
    text = found[0]
    return b"\\ufffd" if len(text) == 6 and text[2:3] in b"dD" and text[3:4] in b"89abcdefABCDEF" else text


Quantity = str | int | float | None

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([eE][+-]?[0-9]{1,4})|([numkMGTPE]|[KMGTPE]i)?)")
_FACTORS = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    **{letter: 1000.0**power for power, letter in enumerate("MGTPE", 2)},
    **{f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", 1)},
}


class Raw(Struct, rename="camel", gc=False):
    """A piece of a reply as it is on the wire, reduced to the fields that we read.

    Not watched by the garbage collector: it cannot hold a cycle, and a page of pods makes 20,000 of them.
    """


class RawOwner(Raw):
    """metadata.ownerReferences[]."""

    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class RawMeta(Raw):
    """metadata."""

    name: str = ""
    namespace: str | None = None
    uid: str = ""
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[RawOwner] | None = None
    finalizers: list[str] | None = None


class RawCondition(Raw):
    """status.conditions[]."""

    type: str = ""
    status: str = ""
    reason: str | None = None
    message: str | None = None
    last_transition_time: str | None = None


class RawObject(Raw):
    """Any object; the other shapes add spec and status."""

    metadata: RawMeta | None = None


class Present(Raw):
    """An object of which only the presence counts."""


@lru_cache(maxsize=4096)
def word(text: str) -> str:
    """Return `text` cleaned and shared: for what repeats, such as node names, images, reasons, label keys.

    As everywhere, what is remembered is little more than what repeats: names of pods that come and go for hours would
    fill a larger cache, and memory would creep up with it.
    """
    return sys.intern(clean(without_login(text), WORD_LENGTH))


def message(text: str | None) -> str:
    """Return a cleaned message of bounded length; empty for None."""
    return clean(without_login(text), MESSAGE_LENGTH) if text else ""


when = lru_cache(maxsize=1024)(parse_time)
"""`parse_time`, remembered: one pod names the same second four times."""


def labels(raw: Mapping[str, str] | None) -> Labels:
    """Return labels cleaned, equal sets shared: the pods of one owner mostly carry the same ones."""
    return _labels(tuple(raw.items())) if raw else _NONE


_NONE: Labels = {}


@lru_cache(maxsize=1024)
def _labels(items: tuple[tuple[str, str], ...]) -> Labels:
    return {word(key): word(value) for key, value in items[:LABELS_KEPT]}


def kept_annotations(raw: Mapping[str, str] | None) -> Labels:
    """Return the annotations that a verdict reads, cleaned."""
    if not raw:
        return _NONE
    kept = {
        word(key): clean(value, MESSAGE_LENGTH) for key, value in raw.items() if key.startswith(ANNOTATION_PREFIXES)
    }
    return kept or _NONE


def owner(references: list[RawOwner] | None) -> Owner | None:
    """Return the controlling owner; None when nobody controls the object."""
    for reference in references or ():
        if reference.controller:
            return _owner(reference.kind, reference.name, reference.uid)
    return None


@lru_cache(maxsize=1024)
def _owner(kind: str, name: str, uid: str) -> Owner:
    return Owner(word(kind), word(name), word(uid))


def conditions(raw: list[RawCondition] | None) -> tuple[Condition, ...]:
    """Return status.conditions in their order."""
    if not raw:
        return ()
    return tuple(
        [
            Condition(
                word(condition.type),
                word(condition.status),
                word(condition.reason) if condition.reason else "",
                message(condition.message),
                when(condition.last_transition_time),
            )
            for condition in raw
        ]
    )


@lru_cache(maxsize=1024)
def parse_quantity(quantity: Quantity) -> float | None:
    """Return a Kubernetes quantity ("250m", "1Gi", "1e9", 3) in its base unit; None when it is none."""
    if quantity is None:
        return None
    if not isinstance(quantity, str):
        value = float(quantity) if abs(quantity) < 1e30 else math.inf
    elif (parts := _QUANTITY.fullmatch(quantity.strip())) is None:
        return None
    else:
        number, exponent, suffix = parts.groups()
        value = float(number + exponent) if exponent else float(number) * _FACTORS[suffix or ""]
    return value if math.isfinite(value) else None


def parse_bytes(quantity: Quantity) -> int | None:
    """Return a quantity as whole bytes, rounded up as Kubernetes does."""
    value = parse_quantity(quantity)
    return None if value is None else math.ceil(value)


def parse_count(quantity: Quantity) -> int | None:
    """Return a quantity as a whole number of things."""
    return parse_bytes(quantity)


def identity(meta: RawMeta) -> dict[str, Any]:
    """Return the fields that every record of an object has (`records.Meta`)."""
    return {
        "uid": clean(meta.uid),
        "name": clean(meta.name),
        "namespace": word(meta.namespace or ""),
        "created_at": when(meta.creation_timestamp),
        "labels": labels(meta.labels),
        "deleted_at": when(meta.deletion_timestamp),
    }


def words(raw: Iterable[str] | None) -> tuple[str, ...]:
    """Return the words of a list, cleaned; none for a list that is not there."""
    return tuple(word(each) for each in raw or ())

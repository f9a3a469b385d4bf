"""The words that all lines of the Timeline share: one line of text, places, revisions, images."""

from __future__ import annotations

from spottui import clock
from spottui.records import Meta, Target, Workload
from spottui.records_timeline import TimelineEntry, Tone

DIGEST_KEPT = 12
"""Hexadecimal digits shown of an image's digest."""


def entry(
    uid: str,
    at: float,
    tone: Tone,
    what: str,
    subject: str,
    text: str,
    target: Target | None = None,
    *,
    group: str = "",
    unseen: float | None = None,
) -> TimelineEntry:
    """Return a line of the Timeline; whatever a server's message holds, it is one line."""
    return TimelineEntry(
        uid=uid,
        at=at,
        tone=tone,
        what=what,
        subject=subject,
        text=" ".join(text.split()),
        target=target,
        group=group,
        unseen=unseen,
    )


def place(namespace: str, name: str) -> str:
    """Return "namespace/name", or the name of what lies in no namespace."""
    return f"{namespace}/{name}" if namespace else name


def target_of(thing: Meta, kind: str = "") -> Target:
    """Return where a line about `thing` leads."""
    kind = kind or (thing.kind if isinstance(thing, Workload) else type(thing).__name__)
    return Target(kind=kind, namespace=thing.namespace, name=thing.name, uid=thing.uid)


def age_words(since: float, at: float) -> str:
    """Return the time between two moments as it is said in a line: "34s", "3m5s"."""
    return clock.age(since, at)


def short_revision(revision: str) -> str:
    """Return a commit's first seven digits; anything else (a tag, a chart version) whole."""
    is_commit = len(revision) == 40 and all(letter in "0123456789abcdef" for letter in revision)
    return revision[:7] if is_commit else revision


def at_revision(revision: str) -> str:
    """Return " at 1a2b3c4" for a commit, the whole of a chart's version, or nothing."""
    return f" at {short_revision(revision)}" if revision else ""


def image_change(before: str, after: str) -> str:
    """Return "registry/cam:1.2 -> 1.3": the repository once where it is the same, digests shortened."""
    old, new = _image_parts(before), _image_parts(after)
    if old[0] == new[0] and old[1] and new[1]:
        return f"{old[0]}{old[1]} -> {new[1].lstrip(':')}"
    return f"{''.join(old)} -> {''.join(new)}"


def _image_parts(image: str) -> tuple[str, str]:
    """Return the repository, and ":tag", "@digest" or both, shortened."""
    named, at, digest = image.partition("@")
    algorithm, colon, digits = digest.partition(":")
    short = f"@{algorithm}:{digits[:DIGEST_KEPT]}" if colon else f"{at}{digest}"
    head, slash, last = named.rpartition("/")
    name, colon, tag = last.partition(":")  # the port of a registry stands before the last slash
    return f"{head}{slash}{name}", f"{colon}{tag}{short}"

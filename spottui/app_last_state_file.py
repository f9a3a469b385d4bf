"""The last state of one cluster on the disk: one file, whole, checked and bounded; anything else is dropped.

Its methods block: they are for a thread. Long work is done a hundred records at a time, so that a thread that
does it holds the interpreter for a millisecond or two at once.

The file: a line with the format's number, a line with the digest of the rest, the page as a line of JSON, then
deflated lines of JSON, each with some records of one kind.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from spottui import private_file
from spottui.actions.masking import masked
from spottui.crash import scrub
from spottui.errors import SpottuiError
from spottui.events import ObjectsRecalled, UsageRecalled
from spottui.private_file import Unfit
from spottui.records import Meta, Usage
from spottui.records_argocd import Application
from spottui.store import Store
from spottui.store_apps import LAST_GOOD
from spottui.store_last_state import RECORDS, Page, is_worth_keeping

FORMAT = 1
"""Goes up whenever an older spottui would misread the file, or a newer one an older file."""
LARGEST = 16 * 2**20
"""Bytes of the file; 20,000 pods take about one and a half million."""
LARGEST_INSIDE = 96 * 2**20
"""Bytes that its records may unfold to."""
MOST_OBJECTS = 30_000
"""Records kept; of more, the pods that come last are left out."""
AT_ONCE = 100
"""Records encoded or decoded in one go."""
FILES_KEPT = 20
"""Clusters whose last state is kept: those that were looked at last."""
KEPT_FOR = 30 * 86400.0
"""Seconds after which a last state is of no use."""
LOCK_WITHIN = 1.0
_HEAD = b"spottui last state %d\n"
_DIGEST_LENGTH = 64
_ESCAPES = re.compile(rb"\\(u....|.)")
_HARMLESS_ESCAPES = frozenset((b'"', b"\\", b"n"))
"""Of JSON's; the others stand for control characters."""
_NO_ASCII = re.compile(
    rb"\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf|\xef\xbf[\xb9-\xbb]|\xf3\xa0"
)
"""What else sources take out of every text: it would steer the terminal, or let one name pass for another."""
_TELLING = (b"passw", b"passphrase", b"secret", b"token", b"credential", b"key", b"auth", b"bearer", b"eyj", b"://")
_MESSAGE = re.compile(rb'message":("(?:[^"\\]|\\.)+")')
_LOGIN_IN_URL = re.compile(rb'://[^/\s@:"]*:[^/\s@"]+@')


class Broken(SpottuiError):
    """A last state that is there but cannot be used; a sentence for the operator."""


class LastState(Struct, frozen=True, kw_only=True):
    """A last state as it was read: the page is ready, the records are still packed."""

    page: Page
    packed: bytes


class _Frame(Struct, frozen=True):
    kind: str
    heard_at: float
    records: Raw
    left_out: int = 0


class _UsageOf(Struct, frozen=True):
    namespace: str
    name: str
    usage: Usage


_PAGE = msgspec.json.Decoder(Page)
_FRAME = msgspec.json.Decoder(_Frame)
_ENCODER = msgspec.json.Encoder()
_USAGES = msgspec.json.Decoder(tuple[_UsageOf, ...])


class LastStateFile:
    """Writes and reads the file of one cluster's last state."""

    def __init__(self, folder: Path, context: str, identity: str) -> None:
        """Take the folder, the context's name, and `kube_identity.identity` of the cluster."""
        self.path = folder / f"last-{private_file.file_name(context, identity)}.state"

    def read(self) -> LastState | None:
        """Return what is kept; None: nothing is.

        Raises:
            Broken: Something is, but it is not what we wrote, or cannot be read.
        """
        try:
            content = private_file.read_whole(self.path, LARGEST)
            return _opened(content)
        except FileNotFoundError:
            return None
        except Unfit as error:
            raise Broken(f"The last state was dropped: {error} ({self.path}).") from None
        except OSError as error:
            why = error.strerror or error
            raise Broken(f"The last state cannot be read: {why} ({self.path}).") from error

    def write(self, page: Page, store: Store) -> None:
        """Replace what is kept, unless another spottui kept something newer; `store` is a copy that does not change.

        Raises:
            SpottuiError: It cannot be written; what was kept before is as it was.
        """
        content = packed(page, store)
        try:
            with private_file.locked(self.path.with_suffix(".lock"), LOCK_WITHIN):
                if not self._is_outdone(page):
                    private_file.replace_whole(self.path, content)
                    remove_old(self.path.parent, self.path)
        except BlockingIOError:
            return  # another spottui keeps the state of this cluster right now
        except OSError as error:
            raise SpottuiError(f"The last state {self.path} cannot be written: {error.strerror or error}.") from error

    def _is_outdone(self, page: Page) -> bool:
        """Whether the disk has a newer state than `page`; one of the future is the word of a wrong clock."""
        with suppress(Broken):
            found = self.read()
            return found is not None and page.heard_at < found.page.heard_at < page.written_at
        return False


def remove_old(folder: Path, keep: Path) -> None:
    """Delete the last states of clusters that nobody looked at for long, and of more than a few; none is missed."""
    found: list[tuple[float, Path]] = []
    for path in folder.glob("last-*.state"):
        with suppress(OSError):
            found.append((path.lstat().st_mtime, path))
    newest = max((at for at, _ in found), default=0.0)
    for place, (at, path) in enumerate(sorted(found, reverse=True)):
        if path != keep and (place >= FILES_KEPT or newest - at > KEPT_FOR):
            for one in (path, path.with_suffix(".lock")):
                with suppress(OSError):
                    one.unlink()


# -- packing -------------------------------------------------------------------------------------------


def packed(page: Page, store: Store) -> bytes:
    """Return the content of the file."""
    deflating = zlib.compressobj(1)
    parts = [_harmless(_ENCODER.encode(page)), b"\n"]
    parts += [deflating.compress(line + b"\n") for line in _lines(store)]
    parts.append(deflating.flush())
    rest = b"".join(parts)
    return b"".join((_HEAD % FORMAT, hashlib.sha256(rest).hexdigest().encode(), b"\n", rest))


def _lines(store: Store) -> Iterator[bytes]:
    left = MOST_OBJECTS
    for kind in RECORDS:
        access = store.access[kind]
        records = list(store.objects(kind).values()) if is_worth_keeping(access) else []
        kept = records[:left]
        left -= len(kept)
        for start in range(0, len(kept), AT_ONCE):
            some = kept[start : start + AT_ONCE]
            yield _line(kind, access.heard_at or 0.0, some, len(records) - len(kept))
    goods = store.apps.goods(store.applications.values()) if is_worth_keeping(store.access["applications"]) else []
    for start in range(0, len(goods), AT_ONCE):
        yield _line(LAST_GOOD, store.access["applications"].heard_at or 0.0, goods[start : start + AT_ONCE])
    if store.usage_heard_at is not None:
        nodes = [_UsageOf("", name, usage) for name, usage in store.node_usage.items()]
        pods = [_UsageOf(*name, usage) for name, usage in store.pod_usage.items()][:MOST_OBJECTS]
        yield _line("usage/nodes", store.usage_heard_at, nodes)
        for start in range(0, len(pods), AT_ONCE):
            yield _line("usage/pods", store.usage_heard_at, pods[start : start + AT_ONCE])


def _line(kind: str, heard_at: float, records: Sequence[Meta] | list[_UsageOf], left_out: int = 0) -> bytes:
    return _harmless(_ENCODER.encode(_Frame(kind, heard_at, Raw(_ENCODER.encode(records)), left_out)))


def _harmless(line: bytes) -> bytes:
    """Return JSON without what looks like a password, a token or a key in the messages of servers and programs."""
    return _MESSAGE.sub(_masked, _LOGIN_IN_URL.sub(b"://***@", line))


def _masked(found: re.Match[bytes]) -> bytes:
    lowered = found[1].lower()
    if not any(word in lowered for word in _TELLING):
        return found[0]
    text: str = msgspec.json.decode(found[1], type=str)
    kept: str = scrub(masked(text))
    return found[0] if kept == text else b'message":' + _ENCODER.encode(kept)


# -- unpacking -----------------------------------------------------------------------------------------


def _require_clean(line: bytes) -> None:
    """Refuse what no source of ours lets through; raises Unfit."""
    is_odd = b"\x7f" in line or not _HARMLESS_ESCAPES.issuperset(_ESCAPES.findall(line))
    if is_odd or (not line.isascii() and _NO_ASCII.search(line)):
        raise Unfit("it holds what spottui does not write")


def _opened(content: bytes) -> LastState:
    head, _, rest = content.partition(b"\n")
    if not head.startswith(_HEAD.partition(b"%")[0]):
        raise Unfit("it is no last state")
    if head + b"\n" != _HEAD % FORMAT:
        raise Unfit("another version of spottui wrote it")
    digest, rest = rest[:_DIGEST_LENGTH], rest[_DIGEST_LENGTH:]
    if rest[:1] != b"\n" or hashlib.sha256(rest[1:]).hexdigest().encode() != digest:
        raise Unfit("it is damaged")
    line, _, body = rest[1:].partition(b"\n")
    _require_clean(line)
    try:
        return LastState(page=_PAGE.decode(line), packed=body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unfit("its first page cannot be understood") from None


def unpacked(state: LastState) -> Iterator[ObjectsRecalled | UsageRecalled]:
    """Yield what the state says, `AT_ONCE` records at a time.

    Raises:
        Broken: It cannot be understood; what was yielded before is good.
    """
    inflating = zlib.decompressobj()
    nodes: dict[str, Usage] = {}
    pods: dict[tuple[str, str], Usage] = {}
    at: float | None = None
    try:
        inside = inflating.decompress(state.packed, LARGEST_INSIDE)
        if not inflating.eof or inflating.unused_data:
            raise Unfit("it does not end where it should")
        for line in inside.splitlines():
            _require_clean(line)
            frame = _FRAME.decode(line)
            if frame.kind in RECORDS:
                records = msgspec.json.decode(frame.records, type=tuple[RECORDS[frame.kind], ...])
                yield ObjectsRecalled(frame.kind, records, frame.heard_at, frame.left_out)
            elif frame.kind == LAST_GOOD:
                goods = msgspec.json.decode(frame.records, type=tuple[Application, ...])
                yield ObjectsRecalled(LAST_GOOD, goods, frame.heard_at)
            elif frame.kind == "usage/nodes":
                nodes.update((one.name, one.usage) for one in _USAGES.decode(frame.records))
                at = frame.heard_at
            elif frame.kind == "usage/pods":
                pods.update(((one.namespace, one.name), one.usage) for one in _USAGES.decode(frame.records))
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        raise Broken("The last state was dropped: it cannot be understood.") from None
    except Unfit as error:
        raise Broken(f"The last state was dropped: {error}.") from None
    if at is not None:
        yield UsageRecalled(nodes, pods, at)

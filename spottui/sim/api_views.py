"""The shapes in which objects are answered: whole, as a Table for kubectl get, or their metadata only."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from spottui.sim.api_events import APART, shown
from spottui.sim.api_tables import Tables
from spottui.sim.history import Stored
from spottui.sim.objects import Object
from spottui.sim.resources import Resource
from spottui.sim.status import ApiError

AT_ONCE = 100
"""Objects encoded before the event loop gets its turn."""
encode = msgspec.json.encode

Form = Literal["whole", "table", "metadata"]
_TAKEN = (
    "application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, "
    "application/vnd.kubernetes.protobuf;stream=watch"
)


def form_of(accept: str) -> Form:
    """Return the shape that an Accept header asks for, the first of those that are known.

    Raises:
        ApiError: 406.
    """
    if not accept:
        return "whole"
    for part in accept.split(","):
        media, *words = (word.strip() for word in part.split(";"))
        wanted = dict(word.split("=", 1) for word in words if "=" in word)
        if media not in ("application/json", "*/*", "application/*", "text/*"):
            continue
        asked = wanted.get("as", "")
        if asked == "Table":
            return "table"
        if asked in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            return "metadata"
        if not asked:
            return "whole"
    said = f"406: Not Acceptable\n\nAvailable representations: {_TAKEN}"
    raise ApiError(406, "NotAcceptable", said, {})


@dataclass(slots=True)
class View:
    """Encodes objects of one kind in one shape."""

    kind: Resource
    form: Form
    tables: Tables
    include_object: str = "Metadata"
    """For Tables: "None", "Metadata" or "Object"."""

    def one(self, stored: Stored) -> bytes:
        """Return one object."""
        if self.form == "table":
            return self._table([stored.object], {"resourceVersion": stored.object["metadata"]["resourceVersion"]}, True)
        if self.form == "metadata":
            return encode(partial(shown(self.kind, stored.object)))
        return self._whole(stored)

    async def many(self, found: Sequence[Stored], metadata: dict[str, Any]) -> bytes:
        """Return a list; each object is encoded at most once in its life, and a long list in turns with others."""
        bare = self._bare_prefix
        parts = []
        for start in range(0, len(found), AT_ONCE):
            if start:
                await asyncio.sleep(0)
            parts.append(b",".join(self._listed(stored, bare) for stored in found[start : start + AT_ONCE]))
        return b"".join((self._list_head(metadata), b",".join(parts), b"]}\n"))

    def _listed(self, stored: Stored, bare: bytes) -> bytes:
        if self.form == "table":
            return encode(self._row(stored.object))
        if self.form == "metadata":
            return encode(partial(shown(self.kind, stored.object)))
        return self._item(self._whole(stored), bare)

    def _list_head(self, metadata: dict[str, Any]) -> bytes:
        """Return a list up to its first item."""
        if self.form == "table":
            head = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
            return encode({**head, "columnDefinitions": self.tables.columns(self.kind)})[:-1] + b',"rows":['
        if self.form == "metadata":
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
            return encode(head)[:-1] + b',"items":['
        if self.kind.is_custom:
            metadata = {"continue": "", **metadata}
        head = {"kind": f"{self.kind.kind}List", "apiVersion": self.kind.api_version, "metadata": metadata}
        return encode(head)[:-1] + b',"items":['

    def event(self, type_: str, stored: Stored, *, is_first: bool = False) -> bytes:
        """Return one line of a watch; a Table names its columns in the first line only."""
        if self.form == "table":
            version = {"resourceVersion": stored.object["metadata"]["resourceVersion"]}
            body = self._table([stored.object], version, is_first)
        else:
            body = self.one(stored)
        return b"".join((b'{"type":"', type_.encode(), b'","object":', body, b"}\n"))

    def bookmark(self, version: int, *, ends_initial: bool) -> bytes:
        """Return the line that says how far a watch has come."""
        meta: dict[str, Any] = {"resourceVersion": str(version)}
        if ends_initial:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        one: Object = {"kind": self.kind.kind, "apiVersion": self.kind.api_version, "metadata": meta}
        if self.form == "table":
            body = self._table([one], {"resourceVersion": str(version)}, False)
            return b"".join((b'{"type":"BOOKMARK","object":', body, b"}\n"))
        if self.form == "metadata":
            one = partial(one)
        return encode({"type": "BOOKMARK", "object": one}) + b"\n"

    @property
    def _bare_prefix(self) -> bytes:
        """Return how whole objects begin, where lists leave that out: not for custom resources."""
        if self.kind.is_custom:
            return b""
        return encode({"apiVersion": self.kind.api_version, "kind": self.kind.kind})[:-1] + b","

    @staticmethod
    def _item(whole: bytes, bare: bytes) -> bytes:
        return b"{" + whole[len(bare) :] if bare and whole.startswith(bare) else whole

    def _whole(self, stored: Stored) -> bytes:
        return encode(shown(self.kind, stored.object)) if self.kind == APART else stored.json

    def _table(self, found: list[Object], metadata: dict[str, Any], with_columns: bool) -> bytes:
        columns = self.tables.columns(self.kind) if with_columns else None
        head = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
        return encode({**head, "columnDefinitions": columns, "rows": [self._row(one) for one in found]})

    def _row(self, one: Object) -> dict[str, Any]:
        row: dict[str, Any] = {"cells": self.tables.cells(self.kind, one)}
        if self.include_object == "Metadata":
            row["object"] = partial(shown(self.kind, one))
        elif self.include_object == "Object":
            row["object"] = shown(self.kind, one)
        return row


def partial(one: Object) -> Object:
    """Return an object's metadata as PartialObjectMetadata."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": one["metadata"]}

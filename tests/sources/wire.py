"""Short ways to write what an API server sends."""

from __future__ import annotations

import json
from typing import Any

from spottui.sources.kube_objects import decode_list, decode_watch

Json = dict[str, Any]
AT = "2026-11-24T01:00:00Z"


def meta(name: str = "a", **more: Any) -> Json:
    return {"name": name, "namespace": "robot", "uid": f"uid-{name}", "creationTimestamp": AT, **more}


def page(*items: Any, **more: Any) -> bytes:
    return json.dumps({"kind": "List", "metadata": {"resourceVersion": "7", **more}, "items": items}).encode()


def one(kind: str, item: Json) -> Any:
    """Return the record of one object, as a list brings it; a watch must bring the same."""
    listed = decode_list(kind, page(item))
    assert listed.skipped == 0
    watched = decode_watch(kind, json.dumps({"type": "ADDED", "object": item}).encode())
    assert watched.record == listed.records[0]
    return listed.records[0]

"""`spottui history`: what was deployed of an Application, the newest first, and what there is a way back to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spottui import clock
from spottui.actions.argocd_history import Row, history_of
from spottui.actions.objects import metadata, said
from spottui.oneshot.argocd_acts import SCHEMA
from spottui.oneshot.argocd_find import find, listing, namespaces_of, reading
from spottui.records import Target
from spottui.settings import Settings


async def history(settings: Settings, environ: Mapping[str, str], home: Path, name: str, *, as_json: bool) -> str:
    """Return the history of an Application, as text or JSON.

    Raises:
        SpottuiError: It is not there, or cannot be read.
    """
    async with reading(settings, environ, home) as connection:
        listed = await listing(connection, namespaces_of([name]))
    target = find(listed, name)
    app = next(row for row in listed if metadata(row).get("uid") == target.uid)
    found = history_of(app)
    return _as_json(target, found) if as_json else _as_text(target, found, clock.now())


def _as_json(target: Target, found: Sequence[Row]) -> str:
    whole = {
        "schema": SCHEMA,
        "at": clock.rfc3339(clock.now()),
        "namespace": said(target.namespace, 63),
        "name": said(target.name, 253),
        "history": [_row(row, is_deployed=number == 0) for number, row in enumerate(found)],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _row(row: Row, *, is_deployed: bool) -> dict[str, Any]:
    return {
        "id": row.id,
        "is_deployed": is_deployed,
        "revisions": [said(each, 200) for each in row.revisions],
        "deployed_at": row.deployed_at or None,
        "by": row.by or None,
        "sources": [
            {key: said(each.get(key), 300) for key in ("repoURL", "path", "chart", "targetRevision") if each.get(key)}
            for each in row.sources or (row.source,)
        ],
        "way_back": not row.why_not and not is_deployed,
        "why_not": row.why_not or ("it is deployed" if is_deployed else None),
    }


def _as_text(target: Target, found: Sequence[Row], now: float) -> str:
    if not found:
        return f"{said(target.name, 253)}: nothing was deployed yet, as Argo CD remembers it."
    width = max(8, *(len(row.revision) for row in found))
    lines = [f"{'ID':>4}  {'REVISION':<{width}}  {'DEPLOYED':>10}  BY"]
    for number, row in enumerate(found):
        at = clock.parse_time(row.deployed_at)
        ago = "?" if at is None else f"{clock.age(at, now)} ago"
        note = "  (deployed)" if number == 0 else f"  (no way back: {row.why_not})" if row.why_not else ""
        lines.append(f"{row.id:>4}  {row.revision:<{width}}  {ago:>10}  {row.by or '?'}{note}")
    return "\n".join(lines)

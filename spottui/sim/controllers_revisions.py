"""ControllerRevisions: the numbered templates of StatefulSets and DaemonSets."""

from __future__ import annotations

from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import hash_of, owner_reference
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import Resource, resource

REVISIONS = resource("controllerrevisions", "apps")
HASH = "controller-revision-hash"


def current(objects: Objects, index: Index, owner: Object, kind: Resource) -> Object:
    """Return the revision of an owner's present template, made or renumbered when it is not the newest."""
    meta = owner["metadata"]
    data = {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}
    digest = hash_of(owner["spec"]["template"])
    known = index.controlled(meta["uid"], REVISIONS)
    highest = max((each["revision"] for each in known), default=0)
    found = next((each for each in known if each["metadata"]["labels"].get(HASH) == digest), None)
    if found is not None:
        if found["revision"] == highest:
            return found
        return objects.put(REVISIONS, {**found, "revision": highest + 1})
    labels = {**((owner["spec"]["template"].get("metadata") or {}).get("labels") or {}), HASH: digest}
    made = objects.create(
        REVISIONS,
        {
            "metadata": {
                "name": f"{meta['name']}-{digest}",
                "namespace": meta["namespace"],
                "labels": labels,
                "annotations": _kept(meta.get("annotations")),
                "ownerReferences": [owner_reference(owner, kind)],
            },
            "data": data,
            "revision": highest + 1,
        },
    )
    limit = owner["spec"].get("revisionHistoryLimit", 10)
    for old in sorted(known, key=lambda each: each["revision"])[: max(0, len(known) - limit)]:
        objects.delete(REVISIONS, meta["namespace"], old["metadata"]["name"])
    return made


def _kept(annotations: dict[str, str] | None) -> dict[str, str]:
    return {key: value for key, value in (annotations or {}).items() if not key.startswith("kubectl.")}


def hash_label(pod: Object) -> str:
    """Return the hash of the template a pod was made from."""
    return (pod["metadata"].get("labels") or {}).get(HASH, "")

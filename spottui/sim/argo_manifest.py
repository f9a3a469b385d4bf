"""What Argo CD reads from one object: its kind and place, its annotations, and which Application it belongs to."""

from __future__ import annotations

import base64

from spottui.sim.objects import Object, copy_of
from spottui.sim.resources import BY_KIND, Resource

TRACKING = "argocd.argoproj.io/tracking-id"
WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
HOOK = "argocd.argoproj.io/hook"

Place = tuple[str, str, str, str]
"""Group, kind, namespace (empty for cluster-scoped kinds), name."""
_NOT_THE_MANIFESTS = ("creationTimestamp", "resourceVersion", "uid", "generation", "managedFields", "selfLink")


def group_of(one: Object) -> str:
    """Return the API group of an object; empty for the core group."""
    return one["apiVersion"].rpartition("/")[0]


def kind_of(one: Object) -> Resource | None:
    """Return the kind of an object; None when the cluster does not know it."""
    return BY_KIND.get((group_of(one), one["kind"]))


def place_of(one: Object) -> Place:
    """Return where an object lies."""
    meta = one["metadata"]
    return group_of(one), one["kind"], meta.get("namespace", ""), meta.get("name", "")


def annotation(one: Object, name: str) -> str:
    """Return an annotation; empty when there is none."""
    return (one["metadata"].get("annotations") or {}).get(name, "")


def has_option(one: Object | None, option: str, name: str = OPTIONS) -> bool:
    """Tell whether an annotation lists an option, e.g. "Prune=false"."""
    return one is not None and option in (each.strip() for each in annotation(one, name).split(","))


def wave_of(one: Object) -> int:
    """Return the sync wave of an object; 0 when it has none that can be read."""
    try:
        return int(annotation(one, WAVE) or 0)
    except ValueError:
        return 0


def tracking_id(app: str, one: Object, namespace: str) -> str:
    """Return the tracking id that an Application's object gets; `namespace` is the destination's."""
    where = one["metadata"].get("namespace") or namespace
    return f"{app}:{group_of(one)}/{one['kind']}:{where}/{one['metadata']['name']}"


def tracked_by(one: Object) -> str:
    """Return the Application that an object belongs to; empty for one whose id was copied from another object."""
    app, _, rest = annotation(one, TRACKING).partition(":")
    kind, _, where = rest.partition(":")
    namespace, _, name = where.partition("/")
    meta = one["metadata"]
    if kind != f"{group_of(one)}/{one['kind']}" or name != meta["name"]:
        return ""
    return app if meta.get("namespace", namespace) == namespace else ""


def prepared(app: str, manifest: Object, namespace: str) -> Object:
    """Return a manifest as it is applied: with its namespace and tracking id, without what is the server's."""
    made = copy_of(manifest)
    kind = kind_of(made)
    meta = made.setdefault("metadata", {})
    if kind is None or kind.namespaced:
        meta.setdefault("namespace", namespace)
    else:
        meta.pop("namespace", None)
    for name in _NOT_THE_MANIFESTS:
        meta.pop(name, None)
    made.pop("status", None)
    if meta.get("name"):
        meta["annotations"] = {**(meta.get("annotations") or {}), TRACKING: tracking_id(app, made, namespace)}
    if made["kind"] == "Secret" and "stringData" in made:
        plain = made.pop("stringData")
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in plain.items()}
        made["data"] = {**made.get("data", {}), **encoded}
    return made

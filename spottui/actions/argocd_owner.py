"""Says which Argo CD Application an object belongs to, and whether Argo CD takes a change by hand back."""

from __future__ import annotations

from spottui.actions.objects import Object, metadata, part, read, rows, said
from spottui.actions.services import Services
from spottui.errors import NotFound, SpottuiError

TRACKING = "argocd.argoproj.io/tracking-id"
""""app:group/Kind:namespace/name"; an Application outside Argo CD's own namespace is "namespace_name"."""
INSTANCE = "app.kubernetes.io/instance"
"""Argo CD's tracking label; Helm sets it too, so it is believed only when the Application lists the object."""
APPLICATIONS = "/apis/argoproj.io/v1alpha1/applications"


async def taken_back(services: Services, found: Object) -> str:
    """Return a sentence for the question when an Application owns `found`; empty when none is known to."""
    tracked = _tracked(found)
    name = tracked or str(part(found, "metadata", "labels").get(INSTANCE) or "")
    if not name:
        return ""
    app_namespace, _, plain = name.rpartition("_")
    query = (("fieldSelector", f"metadata.name={plain}"), ("limit", "20"))
    try:
        applications = rows(await read(services.api, APPLICATIONS, query), "items")
    except NotFound:
        return ""
    except SpottuiError:  # this is only a note: the question is still asked
        return (
            f"It belongs to the Application {said(name)}; whether that takes it back is not known." if tracked else ""
        )
    for one in applications:
        meta = metadata(one)
        if meta.get("name") == plain and app_namespace in ("", meta.get("namespace")) and _lists(one, found):
            return _note(one, plain)
    return ""


def _tracked(found: Object) -> str:
    """Return the Application in the tracking annotation; copies of it on other objects do not count."""
    application, _, rest = str(part(found, "metadata", "annotations").get(TRACKING) or "").partition(":")
    group = str(found.get("apiVersion", "")).rpartition("/")[0]
    mine = f"{group}/{found.get('kind')}:{metadata(found).get('namespace')}/{metadata(found).get('name')}"
    return application if rest == mine else ""


def _lists(application: Object, found: Object) -> bool:
    wanted = (found.get("kind"), metadata(found).get("namespace"), metadata(found).get("name"))
    listed = rows(part(application, "status"), "resources")
    return any((row.get("kind"), row.get("namespace"), row.get("name")) == wanted for row in listed)


def _note(application: Object, name: str) -> str:
    policy = part(application, "spec", "syncPolicy")
    automated = part(policy, "automated")
    is_auto = isinstance(policy.get("automated"), dict) and automated.get("enabled") is not False
    if is_auto and automated.get("selfHeal") is True:
        return f"The Application {said(name)} heals itself: Argo CD soon sets back what git says otherwise."
    return f"It belongs to the Application {said(name)}: its next sync sets back what git says otherwise."

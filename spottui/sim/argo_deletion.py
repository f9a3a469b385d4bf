"""The end of an Application: with a cascade finalizer, what it deployed goes first.

Left out of the real one: PreDelete and PostDelete hooks.
"""

from __future__ import annotations

from itertools import groupby

from spottui.sim.argo_apply import Cluster
from spottui.sim.argo_index import Tracked, instance_of
from spottui.sim.argo_manifest import annotation, has_option, wave_of
from spottui.sim.argo_operation import APPROVED, seconds_of
from spottui.sim.argo_projects import APPLICATIONS
from spottui.sim.objects import Object

FINALIZER = "resources-finalizer.argocd.argoproj.io"


def cascade(app: Object) -> str:
    """Return how dependents are to go, "foreground" or "background"; empty when what was deployed stays."""
    for name in app["metadata"].get("finalizers") or ():
        if name == f"{FINALIZER}/background":
            return "background"
        if name in (FINALIZER, f"{FINALIZER}/foreground"):
            return "foreground"
    return ""


class Deletions:
    """Ends Applications whose deletion was asked for."""

    def __init__(self, cluster: Cluster, tracked: Tracked, *, namespace: str) -> None:
        self._cluster, self._tracked, self._namespace = cluster, tracked, namespace

    def step(self, app: Object) -> None:
        """Delete what is due of an Application's objects; when none is left, let the Application go."""
        policy = cascade(app)
        if not policy:
            return
        found = self._tracked.of(instance_of(app, self._namespace))
        due = [one for one in found if not has_option(one, "Delete=false")]
        if any(has_option(one, "Delete=confirm") for one in due) and not self._is_approved(app):
            return
        if not due:
            self._let_go(app)
            return
        due.sort(key=wave_of, reverse=True)  # the other way round than they were made
        _, last_wave = next(groupby(due, key=wave_of))
        for one in last_wave:
            if "deletionTimestamp" not in one["metadata"]:
                self._cluster.delete(one, policy)

    @staticmethod
    def _is_approved(app: Object) -> bool:
        approved = seconds_of(annotation(app, APPROVED))
        asked = seconds_of(app["metadata"]["deletionTimestamp"])
        return approved is not None and asked is not None and approved >= asked

    def _let_go(self, app: Object) -> None:
        def change(new: Object) -> None:
            left = [name for name in new["metadata"].get("finalizers") or () if not name.startswith(FINALIZER)]
            new["metadata"]["finalizers"] = left

        meta = app["metadata"]
        self._cluster.objects.change(APPLICATIONS, meta["namespace"], meta["name"], change)

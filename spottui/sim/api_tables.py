"""Table output: the columns and cells that `kubectl get` prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spottui.sim import api_table_cluster as cluster
from spottui.sim import api_table_more as more
from spottui.sim import api_table_workloads as workloads
from spottui.sim.api_table_columns import columns_of
from spottui.sim.api_table_pods import pod_cells
from spottui.sim.objects import Object
from spottui.sim.resources import Resource

Cells = Callable[[Object, float], list[Any]]

_CELLS: dict[tuple[str, str], Cells] = {
    ("", "pods"): pod_cells,
    ("", "nodes"): cluster.node_cells,
    ("", "namespaces"): cluster.namespace_cells,
    ("", "services"): cluster.service_cells,
    ("", "endpoints"): more.endpoints_cells,
    ("", "configmaps"): cluster.config_map_cells,
    ("", "secrets"): cluster.secret_cells,
    ("", "persistentvolumes"): cluster.volume_cells,
    ("", "persistentvolumeclaims"): cluster.claim_cells,
    ("", "resourcequotas"): more.quota_cells,
    ("", "events"): cluster.event_cells,
    ("events.k8s.io", "events"): cluster.event_cells,
    ("apps", "deployments"): workloads.deployment_cells,
    ("apps", "replicasets"): workloads.replica_set_cells,
    ("apps", "statefulsets"): workloads.stateful_set_cells,
    ("apps", "daemonsets"): workloads.daemon_set_cells,
    ("apps", "controllerrevisions"): more.revision_cells,
    ("batch", "jobs"): workloads.job_cells,
    ("batch", "cronjobs"): workloads.cron_job_cells,
    ("policy", "poddisruptionbudgets"): cluster.budget_cells,
    ("networking.k8s.io", "networkpolicies"): cluster.policy_cells,
    ("networking.k8s.io", "ingresses"): more.ingress_cells,
    ("discovery.k8s.io", "endpointslices"): more.slice_cells,
    ("node.k8s.io", "runtimeclasses"): cluster.runtime_class_cells,
    ("storage.k8s.io", "storageclasses"): cluster.storage_class_cells,
    ("scheduling.k8s.io", "priorityclasses"): cluster.priority_class_cells,
    ("coordination.k8s.io", "leases"): cluster.lease_cells,
    ("rbac.authorization.k8s.io", "roles"): cluster.role_cells,
    ("rbac.authorization.k8s.io", "clusterroles"): cluster.role_cells,
    ("rbac.authorization.k8s.io", "rolebindings"): more.binding_cells,
    ("rbac.authorization.k8s.io", "clusterrolebindings"): more.binding_cells,
    ("apiextensions.k8s.io", "customresourcedefinitions"): more.definition_cells,
    ("apiregistration.k8s.io", "apiservices"): more.api_service_cells,
    ("argoproj.io", "applications"): workloads.application_cells,
    ("argoproj.io", "appprojects"): workloads.dated_cells,
    ("argoproj.io", "applicationsets"): workloads.dated_cells,
    ("core.spinkube.dev", "spinapps"): workloads.spin_app_cells,
    ("core.spinkube.dev", "spinappexecutors"): workloads.dated_cells,
    ("runtime.spinkube.dev", "shims"): workloads.shim_cells,
}


class Tables:
    """Makes the rows of every kind."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall

    def columns(self, kind: Resource) -> list[dict[str, Any]]:
        """Return the column definitions of a kind."""
        return columns_of(kind)

    def cells(self, kind: Resource, one: Object) -> list[Any]:
        """Return the cells of one row, in the order of the columns."""
        return _CELLS.get((kind.group, kind.plural), cluster.plain_cells)(one, self._wall())

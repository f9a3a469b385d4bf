"""The kinds that the embedded API server knows, as discovery names them."""

from __future__ import annotations

from dataclasses import dataclass

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind: where it is served and how kubectl names it."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    """Served beside get/list/...: "status", "scale", "log", ..."""
    status_is_apart: bool = True
    """Writes to the main resource leave `status` alone and the other way round; not so for Applications."""

    def __hash__(self) -> int:
        return hash((self.group, self.plural))

    @property
    def api_version(self) -> str:
        """Return "v1" or "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def is_custom(self) -> bool:
        """Say whether the kind is defined by a CustomResourceDefinition."""
        return "." in self.group and not self.group.endswith(".k8s.io")

    @property
    def root(self) -> str:
        """Return "/api/v1" or "/apis/apps/v1"."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"


def _core(plural: str, kind: str, *short: str, namespaced: bool = True, sub: tuple[str, ...] = ()) -> Resource:
    categories = ("all",) if plural in ("pods", "services", "replicationcontrollers") else ()
    return Resource("", "v1", plural, kind, namespaced, short, categories, sub)


def _apps(plural: str, kind: str, *short: str, scales: bool = True) -> Resource:
    sub = ("status", "scale") if scales else ("status",)
    return Resource("apps", "v1", plural, kind, True, short, ("all",), sub)


RESOURCES: tuple[Resource, ...] = (
    _core("nodes", "Node", "no", namespaced=False, sub=("status", "proxy")),
    _core("namespaces", "Namespace", "ns", namespaced=False, sub=("status", "finalize")),
    _core(
        "pods",
        "Pod",
        "po",
        sub=("status", "log", "exec", "attach", "portforward", "eviction", "binding", "proxy", "ephemeralcontainers"),
    ),
    _core("services", "Service", "svc", sub=("status", "proxy")),
    _core("endpoints", "Endpoints", "ep"),
    _core("configmaps", "ConfigMap", "cm"),
    _core("secrets", "Secret"),
    _core("serviceaccounts", "ServiceAccount", "sa"),
    _core("persistentvolumes", "PersistentVolume", "pv", namespaced=False, sub=("status",)),
    _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc", sub=("status",)),
    _core("resourcequotas", "ResourceQuota", "quota", sub=("status",)),
    _core("events", "Event", "ev"),
    _apps("deployments", "Deployment", "deploy"),
    _apps("replicasets", "ReplicaSet", "rs"),
    _apps("statefulsets", "StatefulSet", "sts"),
    _apps("daemonsets", "DaemonSet", "ds", scales=False),
    _apps("controllerrevisions", "ControllerRevision", scales=False),
    Resource("batch", "v1", "jobs", "Job", True, (), ("all",), ("status",)),
    Resource("batch", "v1", "cronjobs", "CronJob", True, ("cj",), ("all",), ("status",)),
    Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", True, ("pdb",), (), ("status",)),
    Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", True, ("netpol",)),
    Resource("networking.k8s.io", "v1", "ingresses", "Ingress", True, ("ing",), (), ("status",)),
    Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
    Resource("events.k8s.io", "v1", "events", "Event", True, ("ev",)),
    Resource("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", False),
    Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", False, ("sc",)),
    Resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", False, ("pc",)),
    Resource("coordination.k8s.io", "v1", "leases", "Lease"),
    Resource("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", False),
    Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", False),
    Resource(
        "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", False, ("crd", "crds")
    ),
    Resource("apiregistration.k8s.io", "v1", "apiservices", "APIService", False),
    Resource(
        "argoproj.io", "v1alpha1", "applications", "Application", True, ("app", "apps"), (), (), status_is_apart=False
    ),
    Resource(
        "argoproj.io",
        "v1alpha1",
        "appprojects",
        "AppProject",
        True,
        ("appproj", "appprojs"),
        status_is_apart=False,
    ),
    Resource(
        "argoproj.io", "v1alpha1", "applicationsets", "ApplicationSet", True, ("appset", "appsets"), (), ("status",)
    ),
    Resource("core.spinkube.dev", "v1alpha1", "spinapps", "SpinApp", True, (), (), ("status", "scale")),
    Resource("core.spinkube.dev", "v1alpha1", "spinappexecutors", "SpinAppExecutor", True, (), (), ("status",)),
    Resource("runtime.spinkube.dev", "v1alpha1", "shims", "Shim", False, status_is_apart=False),
)
"""Every stored kind; events.k8s.io serves the same objects as the core group's events."""

BY_PLURAL = {(one.group, one.plural): one for one in RESOURCES}
BY_KIND = {(one.group, one.kind): one for one in RESOURCES}


def resource(plural: str, group: str = "") -> Resource:
    """Return the kind of this plural name; KeyError when there is none."""
    return BY_PLURAL[group, plural]

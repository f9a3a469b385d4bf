"""The columns of `kubectl get` for each kind, as Kubernetes 1.37 names them; no cells."""

from __future__ import annotations

from typing import Any

from spottui.sim.resources import Resource
from spottui.sim.status import qualified

_COLUMNS = """
nodes Name|Status|Roles|Age|Version|Internal-IP+1|External-IP+1|OS-Image+1|Kernel-Version+1|Container-Runtime+1
namespaces Name|Status|Age
pods Name|Ready|Status|Restarts|Age|IP+1|Node+1|Nominated Node+1|Readiness Gates+1
services Name|Type|Cluster-IP|External-IP|Port(s)|Age|Selector+1
endpoints Name|Endpoints|Age
configmaps Name|Data|Age
secrets Name|Type|Data|Age
serviceaccounts Name|Age
persistentvolumes Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|\
VolumeAttributesClass|Reason|Age|VolumeMode+1
persistentvolumeclaims Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|VolumeMode+1
resourcequotas Name|Request|Limit|Age
events Last Seen|Type|Reason|Object|Subobject+1|Source+1|Message|First Seen+1|Count+1|Name+1
deployments.apps Name|Ready|Up-to-date|Available|Age|Containers+1|Images+1|Selector+1
replicasets.apps Name|Desired:integer|Current:integer|Ready:integer|Age|Containers+1|Images+1|Selector+1
statefulsets.apps Name|Ready|Age|Containers+1|Images+1
daemonsets.apps Name|Desired:integer|Current:integer|Ready:integer|Up-to-date:integer|\
Available:integer|Node Selector|Age|Containers+1|Images+1|Selector+1
controllerrevisions.apps Name|Controller|Revision|Age
jobs.batch Name|Status|Completions|Duration|Age|Containers+1|Images+1|Selector+1
cronjobs.batch Name|Schedule|Timezone|Suspend:boolean|Active:integer|Last Schedule|Age|Containers+1|\
Images+1|Selector+1
poddisruptionbudgets.policy Name|Min Available|Max Unavailable|Allowed Disruptions:integer|Age
networkpolicies.networking.k8s.io Name|Pod-Selector|Age
ingresses.networking.k8s.io Name|Class|Hosts|Address|Ports|Age
endpointslices.discovery.k8s.io Name|AddressType|Ports|Endpoints|Age
events.events.k8s.io Last Seen|Type|Reason|Object|Subobject+1|Source+1|Message|First Seen+1|Count+1|Name+1
runtimeclasses.node.k8s.io Name|Handler|Age
storageclasses.storage.k8s.io Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age
priorityclasses.scheduling.k8s.io Name|Value:integer|Global-Default:boolean|Age|PreemptionPolicy
leases.coordination.k8s.io Name|Holder|Age
roles.rbac.authorization.k8s.io Name|Created At:date
rolebindings.rbac.authorization.k8s.io Name|Role|Age|Users+1|Groups+1|ServiceAccounts+1
clusterroles.rbac.authorization.k8s.io Name|Created At:date
clusterrolebindings.rbac.authorization.k8s.io Name|Role|Age|Users+1|Groups+1|ServiceAccounts+1
customresourcedefinitions.apiextensions.k8s.io Name|Scope|Versions|Created At:date|Group+1|Kind+1|\
ShortNames+1|Established:boolean+1
apiservices.apiregistration.k8s.io Name|Service|Available|Age
applications.argoproj.io Name|Sync Status|Health Status|Revision+10|Project+10
appprojects.argoproj.io Name|Age:date
applicationsets.argoproj.io Name|Age:date
spinapps.core.spinkube.dev Name|Ready:integer|Desired:integer|Executor
spinappexecutors.core.spinkube.dev Name|Age:date
shims.runtime.spinkube.dev Name|RuntimeClass|Ready:integer|Nodes:integer
"""
"""Kind, then its columns: name, type when it is no string, "+" and the priority when it is shown only on a wish."""

_AGE = [("Name", "string", "name", 0), ("Age", "date", "", 0)]


def _column(text: str) -> tuple[str, str, str, int]:
    text, _, priority = text.partition("+")
    name, _, type_ = text.partition(":")
    return name, type_ or "string", "name" if name == "Name" else "", int(priority or 0)


_READ = {
    kind: [_column(text) for text in columns.split("|")]
    for kind, _, columns in (line.partition(" ") for line in _COLUMNS.strip().splitlines())
}


def columns_of(kind: Resource) -> list[dict[str, Any]]:
    """Return the column definitions of a kind; NAME and AGE where none are known."""
    return [
        {"name": name, "type": type_, "format": format_, "description": "", "priority": priority}
        for name, type_, format_, priority in _READ.get(qualified(kind.plural, kind.group), _AGE)
    ]

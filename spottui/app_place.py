"""Which cluster the settings mean; imports nothing heavy, as the first picture waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spottui.settings import Settings
from spottui.sources.kubeconfig import ClusterPlace, find_cluster


def place_of(settings: Settings, environ: Mapping[str, str], home: Path) -> ClusterPlace:
    """Return the cluster by flag, KUBECONFIG, ~/.kube/config, microk8s or service account; blocking.

    Raises:
        BadConfig: None was found, or the kubeconfig cannot be used; it says what was looked for.
    """
    return find_cluster(
        flag=settings.cluster.kubeconfig,
        environ=environ,
        home=home,
        context=settings.cluster.context,
        namespace=settings.cluster.namespace,
    )

"""GPUs asked for beside GPUs in use: from pods, nodes and what readers say of the cards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from spottui.records import Node, Pod
from spottui.records_gpu import Gpu, Gpus
from spottui.records_host import Host


def requested(pods: Iterable[Pod]) -> Counter[str]:
    """Return how many GPUs the pods of each node ask for; pods that ended hold none."""
    counts: Counter[str] = Counter()
    for pod in pods:
        if pod.gpus and pod.node and pod.phase not in ("Succeeded", "Failed"):
            counts[pod.node] += pod.gpus
    return counts


def is_this_computer(node: Node, host: Host | None) -> bool:
    """Whether a node is the computer that spottui runs on: by its address, else by its name."""
    if host is None:
        return False
    if node.internal_ip and host.addresses:
        return node.internal_ip in host.addresses
    return bool(host.name) and node.name in (host.name, host.name.split(".")[0])


def gpus_of(node: Node, gpus: Mapping[str, Gpus], host: Host | None) -> tuple[Gpu, ...]:
    """Return the cards of a node: by this computer's own reader when it is that node, else by an exporter."""
    own = gpus.get("host")
    if own is not None and own.gpus and is_this_computer(node, host):
        return own.gpus
    told = gpus.get("cluster")
    return tuple(gpu for gpu in told.gpus if gpu.node == node.name) if told is not None else ()


def mean_use(gpus: Iterable[Gpu]) -> float | None:
    """Return the mean use of the cards in percent; None when none of them says."""
    known = [gpu.used for gpu in gpus if gpu.used is not None]
    return sum(known) / len(known) if known else None

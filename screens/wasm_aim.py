"""From a wasm trouble to the node that must be provisioned: what `v` means on a finding, a pod or its owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spottui.actions.registry import Action, by_id
from spottui.errors import SpottuiError
from spottui.records import Pod, Target
from spottui.screens.palette import target_of
from spottui.screens.parts import Parts
from spottui.verdicts.owners import controller_of
from spottui.verdicts.wasm import wasm_of

PROVISION = "node.provision"


def with_provision(actions: Sequence[Action], lacks_runtime: bool) -> Sequence[Action]:
    """Return the actions of a row, with the provisioning of its node where that mends it."""
    if not lacks_runtime or any(one.id == PROVISION for one in actions):
        return actions
    return [by_id(PROVISION), *actions]


def aim_provision(parts: Parts, action: Action, targets: Sequence[Target]) -> Sequence[Target]:
    """Return the node that is meant: that of the wasm pods behind a row; the only one, when they are on none yet.

    Raises:
        SpottuiError: It is not clear which node, or there is no wasm pod behind the row.
    """
    if action.id != PROVISION or not targets or targets[0].kind == "Node":
        return targets
    store = parts.store
    pods = _wasm_pods(parts, targets[0])
    nodes = {node.name: node for node in store.nodes.values()}
    placed = {pod.node for pod in pods if pod.node in nodes}
    if not pods:
        raise SpottuiError(f"{targets[0]} has no wasm pods here, so there is nothing to provision for it.")
    if len(placed) == 1:
        return (target_of(nodes[placed.pop()], "Node"),)
    if not placed and len(nodes) == 1:
        return (target_of(next(iter(nodes.values())), "Node"),)
    raise SpottuiError(f"{len(nodes)} nodes may be meant: choose one on 2 Nodes and press v there.")


def _wasm_pods(parts: Parts, target: Target) -> list[Pod]:
    store = parts.store
    classes = store.runtime_classes()
    return [pod for pod in _behind(parts, target) if wasm_of(pod, classes) is not None]


def _behind(parts: Parts, target: Target) -> Iterable[Pod]:
    store = parts.store
    if target.kind == "Pod":
        return [pod] if (pod := store.pods.get(target.uid)) is not None else []
    if target.kind == "SpinApp":
        label = "core.spinkube.dev/app-name"
        return [
            pod
            for pod in store.pods.values()
            if pod.namespace == target.namespace and pod.labels.get(label) == target.name
        ]
    return [
        pod
        for pod in store.pods.values()
        if (root := controller_of(pod, store.workload)) is not None and root.uid == target.uid
    ]

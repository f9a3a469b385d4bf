"""The commands on nodes."""

from __future__ import annotations

from spottui.actions import drain, nodes
from spottui.actions.action import Action, Permission, Weight, needs, sentence

NODE_ACTIONS: tuple[Action, ...] = (
    Action(
        id="node.cordon",
        title="Cordon",
        verb="cordon",
        past="cordoned",
        kinds=("Node",),
        permission=needs("patch"),
        weight=Weight.ASK,
        timeout=30,
        help="It takes no new pods.",
        describe=sentence("Cordon"),
        run=nodes.cordon,
        preview=nodes.preview_cordon,
    ),
    Action(
        id="node.uncordon",
        title="Uncordon",
        verb="uncordon",
        past="uncordoned",
        kinds=("Node",),
        permission=needs("patch"),
        weight=Weight.ASK,
        timeout=30,
        help="It takes new pods again; what waits starts.",
        describe=sentence("Uncordon"),
        run=nodes.uncordon,
        preview=nodes.preview_uncordon,
    ),
    Action(
        id="node.drain",
        title="Drain",
        verb="drain",
        past="drained",
        kinds=("Node",),
        permission=needs("patch"),
        also=(Permission("create", "", "pods", "eviction"), Permission("list", "", "pods")),
        weight=Weight.TYPE_NAME,
        dangerous=True,
        timeout=1200,
        many=False,
        is_long=True,
        can_stop=True,
        help="It is cordoned and its pods are evicted, as far as their disruption budgets allow.",
        describe=sentence("Drain"),
        run=drain.drain,
        preview=drain.preview,
        form=drain.form,
    ),
)

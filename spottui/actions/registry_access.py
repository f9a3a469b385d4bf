"""The ways into a pod as commands."""

from __future__ import annotations

from spottui.actions import access
from spottui.actions.action import Action, Permission, Weight, needs, sentence


def _stream(name: str) -> tuple[Permission, ...]:
    """Return what a WebSocket needs beside "create": it is opened by a GET, which older servers ask "get" for only."""
    return (Permission("get", "", "pods", name),)


SESSION = 86400.0
"""Seconds that a shell may last."""

ACCESS_ACTIONS: tuple[Action, ...] = (
    Action(
        id="pod.shell",
        title="Shell",
        verb="open a shell in",
        past="opened",
        kinds=("Pod",),
        key="s",
        permission=needs("create", "exec"),
        also=_stream("exec"),
        weight=Weight.NONE,
        timeout=SESSION,
        help="A shell in a container takes the terminal; its end, or ctrl-], comes back here.",
        describe=access.describe_shell,
        run=access.shell,
        form=access.container_form,
        many=False,
    ),
    Action(
        id="pod.run",
        title="Run a command",
        verb="run a command in",
        past="ran",
        kinds=("Pod",),
        permission=needs("create", "exec"),
        also=_stream("exec"),
        weight=Weight.NONE,
        timeout=SESSION,
        help="A command, or another shell, in a container takes the terminal; its end, or ctrl-], comes back here.",
        describe=access.describe_shell,
        run=access.run_command,
        form=access.command_form,
        many=False,
    ),
    Action(
        id="pod.attach",
        title="Attach",
        verb="attach to",
        past="attached",
        kinds=("Pod",),
        permission=needs("create", "attach"),
        also=_stream("attach"),
        weight=Weight.ASK,
        timeout=SESSION,
        help="The terminal is given to the container's first process; ctrl-c would end that.",
        describe=sentence("Attach to"),
        run=access.attach,
        form=access.container_form,
        many=False,
    ),
    Action(
        id="pod.port-forward",
        title="Forward a port",
        verb="forward a port to",
        past="forwarded",
        kinds=("Pod", "Deployment", "StatefulSet", "DaemonSet"),
        permission=lambda target: Permission("create", "", "pods", "portforward"),
        also=_stream("portforward"),
        weight=Weight.NONE,
        timeout=20,
        writes=False,
        help="A local port leads to the pod until you stop it (:forwards) or leave.",
        describe=access.describe_forward,
        run=access.forward,
        form=access.port_form,
        many=False,
    ),
)

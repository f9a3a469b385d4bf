"""What the commands of the command line share: the options that name the cluster, how long to wait, how one is run.

Imports nothing heavy, as it is read at every start.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def cluster_options(command: Command) -> Command:
    """Let a command name the cluster: --kubeconfig, --context, --namespace, each with the same meaning."""
    for option in (
        click.option("-n", "--namespace", "cluster__namespace", metavar="NAME", help="Start in this namespace."),
        click.option("--context", "cluster__context", metavar="NAME", help="Use this context of the kubeconfig."),
        click.option("--kubeconfig", "cluster__kubeconfig", metavar="FILE", help="Use this kubeconfig and no other."),
    ):
        command = option(command)
    return command


robot_option = click.option(
    "--robot", "robot__address", metavar="ADDRESS", help="The Spot itself, e.g. 192.168.80.3 or host:port."
)
output_option = click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", help="Form of the answer."
)
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0, 86400),
    default=60,
    metavar="SECONDS",
    show_default=True,
    help="How long to watch for the effect; 0 only asks.",
)


def tell(text: str) -> None:
    """Say on standard error how far it is; standard output is for the answer."""
    with contextlib.suppress(OSError):  # nobody listens any more: no reason to leave a command half done
        click.echo(text, err=True)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run one command's coroutine to its end."""
    import asyncio

    return asyncio.run(work)

"""The commands on workloads: restart, exec. Imports nothing heavy: the command that runs brings its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from spottui.cli import cluster_options, run, wait_option
from spottui.errors import BadConfig

if TYPE_CHECKING:
    from spottui.cli_request import Request


@click.command(short_help="Restart a workload.", epilog="Example: spottui restart deploy/camera -n perception")
@cluster_options
@click.argument("target", metavar="KIND/NAME")
@wait_option
@click.pass_obj
def restart(request: Request, target: str, wait: float, **flags: Any) -> None:
    """Restart a workload, one pod after another, as kubectl rollout restart does.

    KIND is deploy, sts or ds, or a longer form of these. Waits until the new pods are ready; --wait 0 only
    asks. Calling this is the consent: it does not ask again.
    """
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.command import restart as ask

    click.echo(run(ask(settings, request.environ, request.home, target, wait)))


@click.command(
    "exec",
    short_help="Run a command or a shell in a container.",
    epilog="Example: spottui exec -it deploy/camera -n perception -- sh",
    context_settings={"ignore_unknown_options": True},
)
@cluster_options
@click.option("-c", "--container", default="", metavar="NAME", help="The container; the pod's first by default.")
@click.option("-i", "--stdin", "has_input", is_flag=True, help="Pass on what is typed.")
@click.option("-t", "--tty", "is_terminal", is_flag=True, help="Give it this terminal; ctrl-] leaves.")
@click.argument("target", metavar="POD|KIND/NAME")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[--] COMMAND...")
@click.pass_obj
def exec_(
    request: Request,
    target: str,
    command: tuple[str, ...],
    container: str,
    has_input: bool,
    is_terminal: bool,
    **flags: Any,
) -> None:
    """Run COMMAND in a container of POD, or of the first running pod of KIND/NAME; its exit status is ours.

    Without COMMAND: the best shell that the image has, on this terminal. Written to the audit file first.
    """
    request.take(**flags)
    settings = request.settings()
    if is_terminal and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadConfig("There is no terminal to give away (-t): standard input or output is none.")
    from spottui.oneshot.exec import run as ask

    wants_shell = not command
    sys.exit(
        run(
            ask(
                settings,
                request.environ,
                request.home,
                target,
                command,
                container=container,
                has_input=has_input or wants_shell,
                is_terminal=is_terminal or (wants_shell and sys.stdin.isatty() and sys.stdout.isatty()),
            )
        )
    )


COMMANDS = (restart, exec_)

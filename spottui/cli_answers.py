"""The commands that answer and change nothing: status, doctor, config, completion. Imports nothing heavy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from spottui.cli import cluster_options, output_option, robot_option, run

if TYPE_CHECKING:
    from spottui.cli_request import Request


@click.command(short_help="Say once how the cluster is.", epilog="Example: spottui status -o json | jq .findings")
@cluster_options
@robot_option
@output_option
@click.pass_obj
def status(request: Request, output: str, **flags: Any) -> None:
    """Say once how the cluster is: nodes, pods, wasm, applications, findings."""
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.status import status as ask

    click.echo(run(ask(settings, request.environ, request.home, as_json=output == "json")))


@click.command(short_help="Check the setup and say what to do.")
@cluster_options
@robot_option
@click.pass_obj
def doctor(request: Request, **flags: Any) -> None:
    """Check everything that spottui needs, one line each, and say what to do about what is wrong."""
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.doctor import examine

    sys.exit(run(examine(settings, request.environ, request.home, click.echo)))


@click.group(short_help="Show the settings.")
def config() -> None:
    """Show the settings and where they come from."""


@config.command("show")
@click.pass_obj
def config_show(request: Request) -> None:
    """Print every setting with its origin, as a settings file."""
    from spottui.settings_text import effective

    click.echo(effective(request.settings()))


@config.command("path")
@click.pass_obj
def config_path(request: Request) -> None:
    """Print the path of the settings file."""
    click.echo(request.settings().file)


@click.command(short_help="Print a completion script.", epilog="Example: spottui completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that lets SHELL complete spottui's commands and options."""
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None  # click has these three
    root = click.get_current_context().find_root().command
    click.echo(script(root, {}, "spottui", "_SPOTTUI_COMPLETE").source())


COMMANDS = (status, doctor, config, completion)

"""The command line: reads flags, builds settings, starts the screen or one command, gives the exit status.

Imports nothing heavy: Textual and the Kubernetes client are imported by the command that needs them.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spottui import __version__, clock, early_signals, first_paint, streams
from spottui.cli import cluster_options, robot_option
from spottui.cli_request import Request
from spottui.errors import BadConfig, SpottuiError

if TYPE_CHECKING:
    from spottui.app_demo import DemoRobot
    from spottui.app_last_state import LastStates
    from spottui.settings import Settings

QUIET_GRPC = {"GRPC_VERBOSITY": "NONE", "GRPC_PYTHON_DISABLE_ABSL_INIT_LOG": "1"}
"""gRPC reads these once, when it is imported; otherwise its C core writes over the screen."""


COMMANDS = {
    **dict.fromkeys(("status", "doctor", "config", "completion"), "spottui.cli_answers"),
    **dict.fromkeys(("apps", "sync", "refresh", "rollback", "terminate", "history", "diff"), "spottui.cli_argocd"),
    **dict.fromkeys(("restart", "exec"), "spottui.cli_workloads"),
    "audit": "spottui.cli_audit",
    "sim": "spottui.oneshot.simulator",
}
"""Name of each command -> its module, which has it in its own `COMMANDS`."""


class Root(click.Group):
    """The root command; the others are imported when they are asked for, so that the screen need not wait for them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        commands: tuple[click.Command, ...] = import_module(module).COMMANDS
        return next(command for command in commands if command.name == cmd_name)


@click.group(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 failed, 2 wrong use or settings, 3 no answer, 4 forbidden.",
)
@cluster_options
@robot_option
@click.option("--demo", is_flag=True, help="Look at the embedded robot: no real one is needed or touched.")
@click.option("--scenario", metavar="NAME|FILE", help="With --demo: what happens; see: spottui sim scenarios.")
@click.option("--pods", type=click.IntRange(0, 20_000), metavar="N", help="With --demo: so many pods more.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="Settings file.")
@click.option(
    "--write/--read-only",
    "safety__start_unlocked",
    default=None,
    help="Start with commands unlocked, or locked (the default; L unlocks).",
)
@click.option("--low-data", "links__low_data", is_flag=True, default=None, help="Spare the link; see screen 6.")
@click.option("--mouse/--no-mouse", "ui__mouse", default=None, help="Take the mouse, or leave it to the terminal.")
@click.option(
    "--no-cache",
    "cache__last_state",
    flag_value=False,
    default=None,
    help="Neither show nor keep the last known state.",
)
@click.option("--log-file", "log__file", metavar="FILE", help="Write the program's own log here.")
@click.version_option(__version__, prog_name="spottui", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    context: click.Context,
    demo: bool,
    scenario: str | None,
    pods: int | None,
    config_file: Path | None,
    **flags: Any,
) -> None:
    """See and steer the Kubernetes on a robot's back.

    Without a command: the full screen. It starts locked, so looking around can break nothing.

    \b
    Examples:
      spottui                              the cluster that kubectl would use, or the robot's own
      spottui --kubeconfig spot-07.yaml    another cluster
      spottui --demo                       an embedded robot, to look around and to try the keys
      spottui status                       one page of text, for a script or a bad terminal
      spottui doctor                       what is wrong with my setup?
    """
    request = context.obj = context.obj or Request(os.environ)
    request.config_file = config_file
    request.take(**flags)
    if demo or scenario is not None or pods is not None:
        from spottui.app_demo import demo_arguments

        request.demo = demo_arguments(context, demo, scenario, pods)
    if context.invoked_subcommand is None:
        context.exit(start_screen(request))


def start_screen(request: Request) -> int:
    """Run the full screen until the operator leaves it; return the exit status."""
    from spottui.settings_terminal import textual_variables, why_no_screen

    why_not = why_no_screen(os.environ, has_input=sys.stdin.isatty(), has_output=sys.stdout.isatty())
    if why_not:
        request.settings()  # what is wrong with them is told as well
        raise BadConfig(why_not)
    early_signals.listen()  # until the app does
    gc.disable()  # collecting while importing costs a tenth of the start and frees nothing; the app enables it
    request.draws = True
    if request.demo is None:
        first_paint.enter()
    else:
        first_paint.enter("the embedded robot, on this computer")
    demo: DemoRobot | None = None
    try:
        settings = request.settings()
        if request.demo is not None:
            from spottui.app_demo import DemoRobot, check_scenario

            demo = DemoRobot(request.demo, settings.log.file)
            check_scenario(request.demo)
        last_states = show_last_state(settings) if request.demo is None and settings.cache.last_state else None
        os.environ.update(textual_variables(os.environ))  # before the import: Textual reads them once
        from spottui.app import build_app

        where = {"environ": os.environ, "home": Path.home(), "clock": clock.now}
        app = build_app(settings, **where, demo=demo, last_states=last_states)
    except BaseException:
        first_paint.leave()
        if demo is not None:
            demo.stop()
        raise
    try:
        app.run(mouse=settings.ui.mouse)
    finally:
        if demo is not None:
            demo.stop()
    if request.log_problem:
        click.echo(f"spottui: {request.log_problem}", err=True)
    return app.return_code or 0


def show_last_state(settings: Settings) -> LastStates:
    """Draw how the cluster was when it was heard last, before the app is imported that will draw more of it."""
    from spottui.app_last_state import LastStates, page_lines

    last_states = LastStates(settings, os.environ, Path.home(), clock.now)
    if (page := last_states.open()) is not None:
        plain = settings.ui.ascii
        first_paint.show(*page_lines(page, clock.now(), plain), plain=plain)
    return last_states


def main() -> None:
    """Run the command line and leave with its exit status; say failures in a sentence, without traceback."""
    streams.prepare()
    streams.give_back_locale(os.environ)
    for name, value in QUIET_GRPC.items():
        os.environ.setdefault(name, value)
    request = Request(os.environ)
    said = ""
    try:
        status = cli.main(prog_name="spottui", standalone_mode=False, obj=request)
    except click.ClickException as error:
        status = error.exit_code
        with contextlib.suppress(OSError):
            error.show()
    except SpottuiError as error:
        said, status = f"spottui: {error}", error.exit_status
    except (click.Abort, KeyboardInterrupt):
        said, status = "spottui: stopped by ctrl-c.", 130
    except Exception as error:
        said, status = _last_line(error, request), 1
    if said:
        with contextlib.suppress(OSError):  # nobody can be told where standard error takes nothing
            click.echo(said, err=True)
    streams.let_go()
    sys.exit(status)


def _last_line(error: Exception, request: Request) -> str:
    """Return what is said of an error that nobody expected."""
    if isinstance(error, OSError) and error.errno in streams.CANNOT_WRITE and error.filename is None:
        return f"spottui: The answer cannot be written: {os.strerror(error.errno)}."
    from spottui.crash import record_crash
    from spottui.settings_folders import state_folder

    return record_crash(error, request.log_path or state_folder(os.environ, Path.home()) / "spottui.log")


if __name__ == "__main__":
    main()

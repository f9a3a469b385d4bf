"""`spottui sim`: runs the embedded robot here, or steers one that runs already over its control address."""

from __future__ import annotations

import http.client
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from spottui.errors import BadConfig, Refused, Unreachable
from spottui.sim.__main__ import main as serve
from spottui.sim.scenario_check import load, names

PATIENCE = 30.0
"""Seconds until a control address that says nothing is given up; a large step takes its time."""

steering = [
    click.option("--pid", type=int, help="Which one, where several run; the youngest otherwise."),
    click.option(
        "--state-home", envvar="XDG_STATE_HOME", type=click.Path(path_type=Path), hidden=True, expose_value=True
    ),
]


def steers(command: Any) -> Any:
    """Give a command the options that choose the robot."""
    for option in steering:
        command = option(command)
    return command


@click.pass_context
def _run(context: click.Context, **options: Any) -> None:
    if context.invoked_subcommand is None:
        assert serve.callback is not None
        serve.callback(**options)


sim = click.Group(
    "sim",
    params=serve.params,
    callback=_run,
    invoke_without_command=True,
    short_help="Run or steer the embedded robot.",
    help="""Run the embedded robot here until ctrl-c, or steer one that runs.

    It prints one line of JSON with its kubeconfig; spottui, kubectl and the Spot SDK can connect to it.

    \b
    Examples:
      spottui sim --scenario quiet         run one
      spottui sim link down                take the operator's link away from the one that runs
      spottui sim event camera-plugged     let something happen
    """,
)


def running(state_home: Path | None, pid: int | None) -> dict[str, Any]:
    """Return what the youngest embedded robot that runs, or the one with this process id, told of itself.

    Raises:
        BadConfig: None runs.
    """
    home = state_home if state_home is not None and state_home.is_absolute() else Path.home() / ".local" / "state"
    found = []
    for note in (home / "spottui" / "sim").glob("*.json"):
        try:
            os.kill(int(note.stem), 0)
            found.append((note.stat().st_mtime, json.loads(note.read_text())))
        except (OSError, ValueError):
            continue  # of one that is gone
    wanted = [told for _, told in sorted(found, key=lambda one: one[0]) if pid in (None, told.get("pid"))]
    if not wanted:
        raise BadConfig(
            f"No embedded robot with process id {pid} runs here."
            if pid
            else 'No embedded robot runs here. Start one with "spottui --demo" or "spottui sim".'
        )
    return wanted[-1]


def ask(told: dict[str, Any], method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Send one request to the control address; return its answer.

    Raises:
        Refused: It says no, and why.
        Unreachable: It does not answer.
    """
    control = told["control"]
    place = urlsplit(control["url"])
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
    try:
        headers = {"Authorization": f"Bearer {control['token']}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body or {}) if method == "POST" else None, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unreachable(f"The embedded robot at {control['url']} does not answer: {error}.") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise Refused(said.get("message", f"The embedded robot refused with status {answer.status}."))
    return said


def line(state: dict[str, Any]) -> str:
    """Return the state in one line."""
    links = "  ".join(f"{name} {_link(one)}" for name, one in state["links"].items())
    return f"{state['scenario']} at {state['at']:.1f} s, speed {state['speed']:g}  {links}"


def _link(one: dict[str, Any]) -> str:
    figures = [f"{one['latency'] * 1000:.0f} ms"] if one["latency"] else []
    figures += [f"{one['bandwidth'] / 1000:.0f} kB/s"] if one["bandwidth"] else []
    return f"{one['mode']}" + (f" ({', '.join(figures)})" if figures else "")


@sim.command(short_help="Change a link.", epilog="Example: spottui sim link slow --latency 0.8")
@steers
@click.argument("to", type=click.Choice(["up", "slow", "down", "half-open", "reset"]))
@click.option("--link", "name", type=click.Choice(["operator", "uplink"]), default="operator", show_default=True)
@click.option("--latency", type=float, metavar="SECONDS", help="Each way.")
@click.option("--jitter", type=float, metavar="SECONDS", help="Up to so much more, each way.")
@click.option("--bandwidth", type=float, metavar="BYTES", help="A second, each way.")
def link(pid: int | None, state_home: Path | None, to: str, name: str, **figures: float | None) -> None:
    """Change a link: "operator" leads from spottui to the robot, "uplink" from the robot to git and registries."""
    body = {"link": name, "to": to, **{key: value for key, value in figures.items() if value is not None}}
    click.echo(line(ask(running(state_home, pid), "POST", "/link", body)))


@sim.command(short_help="Change how fast the story goes.", epilog="Example: spottui sim speed 10")
@steers
@click.argument("speed", type=click.FloatRange(0, 1000))
def speed(pid: int | None, state_home: Path | None, speed: float) -> None:
    """Let so many seconds of the story pass in one second; 0 stands still."""
    click.echo(line(ask(running(state_home, pid), "POST", "/speed", {"speed": speed})))


@sim.command(short_help="Move the story on at once.", epilog="Example: spottui sim step 30")
@steers
@click.argument("seconds", type=click.FloatRange(0, 86_400))
def step(pid: int | None, state_home: Path | None, seconds: float) -> None:
    """Move the story on by so many seconds at once."""
    click.echo(line(ask(running(state_home, pid), "POST", "/step", {"seconds": seconds})))


@sim.command(short_help="Let an event of the scenario happen.", epilog="Example: spottui sim event camera-plugged")
@steers
@click.argument("name", required=False)
def event(pid: int | None, state_home: Path | None, name: str | None) -> None:
    """Let the event NAME happen now; without NAME: list those that there are."""
    told = running(state_home, pid)
    if name is None:
        for known, says in ask(told, "GET", "/state")["events"].items():
            click.echo(f"{known:<24} {says}")
    else:
        click.echo(ask(told, "POST", "/event", {"name": name})["says"])


@sim.command(short_help="Say how the embedded robot is.")
@steers
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="Form of the answer.")
def status(pid: int | None, state_home: Path | None, output: str) -> None:
    """Say how the story, the links and the robot are, and what comes next."""
    told = running(state_home, pid)
    state = ask(told, "GET", "/state")
    if output == "json":
        click.echo(json.dumps({**told, **state}))
        return
    click.echo(line(state))
    click.echo(f"kubeconfig {told['kubeconfig']}")
    for at, says in state["said"][-5:]:
        click.echo(f"{at:8.1f} s  {says}")
    for beat in state["coming"][:3]:
        click.echo(f"{beat['at']:8.1f} s  comes: {beat['event']}")


@sim.command(short_help="List the scenarios.")
def scenarios() -> None:
    """List the scenarios that come along; own ones are given by their path."""
    for name in names():
        scenario = load(name)
        click.echo(f"{name:<16} {scenario.title}. {scenario.description}")


@sim.command(short_help="End the embedded robot.")
@steers
def stop(pid: int | None, state_home: Path | None) -> None:
    """End the embedded robot that runs."""
    told = running(state_home, pid)
    ask(told, "POST", "/stop")
    click.echo(f"The embedded robot {told['pid']} ends.")


COMMANDS = (sim,)

"""Ways into a pod: a shell, its first process, a forwarded port. They change nothing by themselves, but are audited."""

from __future__ import annotations

import shlex

from spottui.actions.forms import Field, Pick
from spottui.actions.objects import Object, fetch, metadata, part, rows, said
from spottui.actions.services import Options, Services
from spottui.errors import SpottuiError
from spottui.records import Target

BEST_SHELL = (
    "sh",
    "-c",
    "command -v bash >/dev/null 2>&1 && exec bash; command -v ash >/dev/null 2>&1 && exec ash; exec sh",
)
"""The best shell that the image has; every image with a shell has sh."""
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"


async def shell(services: Services, target: Target, options: Options) -> str:
    """Open a shell on the operator's terminal; options: container, command (words). Ends when the shell does.

    Raises:
        SpottuiError: The container does not run, has no shell, or the link broke.
    """
    container = container_of(await fetch(services, target), str(options.get("container") or ""))
    words = tuple(str(word) for word in options.get("command") or BEST_SHELL)
    return await services.terminal(target, container, words)


async def run_command(services: Services, target: Target, options: Options) -> str:
    """Run what was typed on the operator's terminal; options: container, words (a line, as a shell parts it).

    Raises:
        SpottuiError: It is no command, or as `shell`.
    """
    words = _words(str(options.get("words") or ""))
    return await shell(services, target, {**options, "command": words})


def wrong_command(text: str) -> str:
    """Return what is wrong with a command; empty when nothing is."""
    try:
        _words(text)
    except SpottuiError as error:
        return str(error)
    return ""


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words:
        raise SpottuiError("Type a command, such as: bash, or: ls -l /data. Quotes must be closed.")
    return words


async def command_form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask which container, and what to run in it."""
    asked = Field(name="words", text="Which command or shell?", value="bash", check=wrong_command)
    return (*await container_form(services, target), asked)


async def attach(services: Services, target: Target, options: Options) -> str:
    """Attach the operator's terminal to a container's first process; options: container.

    Raises:
        SpottuiError: The container does not run or takes no terminal.
    """
    pod = await fetch(services, target)
    container = container_of(pod, str(options.get("container") or ""))
    spec = next((one for one in rows(part(pod, "spec"), "containers") if one.get("name") == container), {})
    if not spec.get("stdin") or not spec.get("tty"):
        raise SpottuiError(
            f"{target.name}/{container} was not made for this: its spec has no stdin and tty. A shell (s) works."
        )
    return await services.terminal(target, container, ())


async def forward(services: Services, target: Target, options: Options) -> str:
    """Open a local port that leads to the pod; options: port, "8080" or "LOCAL:8080".

    Raises:
        SpottuiError: It is no port, or the local one is taken.
    """
    local, remote = ports(str(options.get("port") or ""))
    await fetch(services, target)
    opened = await services.forward(target, remote, local)
    return f"localhost:{opened} leads to port {remote} of {target.name} until you stop it or leave spottui."


async def container_form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask which container is meant where there are several."""
    pod = await fetch(services, target)
    names = names_of(pod)
    if len(names) < 2:
        return ()
    first = container_of(pod, "")
    picks = tuple(Pick(name, name) for name in sorted(names, key=lambda name: name != first))
    return (Field(name="container", text="Into which container?", kind="choice", picks=picks),)


async def port_form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the port, with the first one that the pod names as the answer at hand."""
    found = await fetch(services, target)
    spec = part(found, "spec") if target.kind == "Pod" else part(found, "spec", "template", "spec")
    named = [port.get("containerPort") for one in rows(spec, "containers") for port in rows(one, "ports")]
    text = "Which port? 8080, or 9000:8080 for another one here."
    return (Field(name="port", text=text, value=str(named[0]) if named else "", check=wrong_port),)


def wrong_port(text: str) -> str:
    """Return what is wrong with a port; empty when nothing is."""
    try:
        ports(text)
    except SpottuiError as error:
        return str(error)
    return ""


def describe_shell(target: Target, options: Options) -> str:
    """Return the question's sentence: which command, where."""
    words = " ".join(str(word) for word in options.get("command") or ()) or str(options.get("words") or "a shell")
    container = f"/{options['container']}" if options.get("container") else ""
    return f"Run {words[:200]} in {target}{container} in namespace {target.namespace}"


def describe_forward(target: Target, options: Options) -> str:
    """Return the question's sentence: which port, where to."""
    return f"Forward port {options.get('port') or '?'} to {target} in namespace {target.namespace}"


def ports(text: str) -> tuple[int, int]:
    """Return the local port (0: any free one) and the remote one of "8080", "9000:8080" or ":8080".

    Raises:
        SpottuiError: It is neither.
    """
    local, colon, remote = text.strip().rpartition(":")
    words = ("0" if colon and not local else local or remote, remote)
    if all(word.isdecimal() and int(word) <= 65535 for word in words) and int(remote):
        return int(words[0]) if colon else 0, int(remote)
    raise SpottuiError(f'"{said(text, 60)}" is no port: write 8080, or 9000:8080 for another port here.')


def names_of(pod: Object) -> list[str]:
    """Return the names of a pod's containers, debug containers last; init containers are over."""
    spec = part(pod, "spec")
    return [str(one.get("name")) for kind in ("containers", "ephemeralContainers") for one in rows(spec, kind)]


def container_of(pod: Object, wanted: str) -> str:
    """Return the container to go into: the wanted one, else the pod's default one, else its first.

    Raises:
        SpottuiError: The pod has no such container.
    """
    names = names_of(pod)
    if not names:
        raise SpottuiError("This pod has no containers.")
    if wanted and wanted not in names:
        raise SpottuiError(f"This pod has no container {wanted}; it has {', '.join(names)}.")
    default = str(part(metadata(pod), "annotations").get(DEFAULT_CONTAINER) or "")
    return wanted or (default if default in names else names[0])

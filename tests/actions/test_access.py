"""A shell goes into the right container of the right pod, and a port is a port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.actions import access
from spottui.errors import NotFound, SpottuiError
from spottui.records import Target

POD: dict[str, Any] = {
    "metadata": {"name": "cam-0", "namespace": "n", "uid": "u", "annotations": {}},
    "spec": {"containers": [{"name": "side"}, {"name": "main", "stdin": True, "tty": True}]},
}
TARGET = Target(kind="Pod", namespace="n", name="cam-0", uid="u")


class Port:
    """Stands for the operator's terminal and the local ports."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, Sequence[str]]] = []
        self.opened: list[tuple[int, int]] = []

    async def terminal(self, target: Target, container: str, command: Sequence[str]) -> str:
        self.ran.append((container, command))
        return "It ended."

    async def forward(self, target: Target, remote: int, local: int) -> int:
        self.opened.append((remote, local))
        return local or 40001


def services(port: Port, pod: dict[str, Any] = POD) -> Any:
    import json

    class Api:
        async def request(self, method: str, path: str, **_: Any) -> bytes:
            assert (method, path) == ("GET", "/api/v1/namespaces/n/pods/cam-0")
            return json.dumps(pod).encode()

    kept = type("Kept", (), {"api": Api(), "terminal": port.terminal, "forward": port.forward})
    return kept()


async def test_a_shell_opens_in_the_first_container_or_the_one_the_pod_names() -> None:
    port = Port()
    assert await access.shell(services(port), TARGET, {}) == "It ended."
    named = {**POD, "metadata": {**POD["metadata"], "annotations": {access.DEFAULT_CONTAINER: "main"}}}
    await access.shell(services(port, named), TARGET, {})
    await access.shell(services(port), TARGET, {"container": "main", "command": ["ls", "-l"]})
    assert [container for container, _ in port.ran] == ["side", "main", "main"]
    assert port.ran[0][1] == access.BEST_SHELL and port.ran[2][1] == ("ls", "-l")


async def test_a_container_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(SpottuiError, match="no container web; it has side, main"):
        await access.shell(services(Port()), TARGET, {"container": "web"})


async def test_another_pod_of_the_same_name_is_not_entered() -> None:
    port = Port()
    with pytest.raises(NotFound):
        await access.shell(services(port), Target(kind="Pod", namespace="n", name="cam-0", uid="old"), {})
    assert port.ran == []


async def test_attach_refuses_a_container_without_a_terminal() -> None:
    port = Port()
    with pytest.raises(SpottuiError, match="no stdin and tty"):
        await access.attach(services(port), TARGET, {"container": "side"})
    await access.attach(services(port), TARGET, {"container": "main"})
    assert port.ran == [("main", ())]


async def test_a_forwarded_port_says_where_it_is() -> None:
    port = Port()
    said = await access.forward(services(port), TARGET, {"port": "8080"})
    assert port.opened == [(8080, 0)] and said.startswith("localhost:40001 leads to port 8080 of cam-0")


@pytest.mark.parametrize(
    ("text", "found"), [("8080", (0, 8080)), ("9000:8080", (9000, 8080)), (":8080", (0, 8080)), (" 80 ", (0, 80))]
)
def test_a_port_is_read(text: str, found: tuple[int, int]) -> None:
    assert access.ports(text) == found


@given(st.text(max_size=12))
def test_what_is_no_port_is_a_sentence(text: str) -> None:
    try:
        local, remote = access.ports(text)
    except SpottuiError as error:
        assert "is no port" in str(error)
    else:
        assert 0 <= local <= 65535 and 0 < remote <= 65535


async def test_a_command_that_was_typed_is_parted_as_a_shell_does() -> None:
    port = Port()
    await access.run_command(services(port), TARGET, {"container": "main", "words": "sh -c 'ls /data'"})
    assert port.ran == [("main", ("sh", "-c", "ls /data"))]
    for typed in ("", "   ", "ls 'open"):
        assert "Type a command" in access.wrong_command(typed)
    names = [field.name for field in await access.command_form(services(port), TARGET)]
    assert names == ["container", "words"]

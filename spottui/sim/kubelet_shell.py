"""A tiny shell for `kubectl exec`: enough to look around in a container. No pipes, jobs or real redirection."""

from __future__ import annotations

import re
import shlex
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from spottui.sim.kubelet_container import Container
from spottui.sim.kubelet_programs import Channel, Left, Programs

if TYPE_CHECKING:
    from spottui.sim.kubelet_pod import PodRun

SHELLS = ("sh", "ash", "bash")
_PARTS = re.compile(r"""((?:[^;&|'"\n]|(?<=>)&|'[^']*'|"(?:\\.|[^"])*")+|;|\n|&&|\|\||\||&)""")
_VARIABLE = re.compile(r"\$(?:\{(\w+|\?)\}|(\w+|\?))")
INTERRUPTED = 130
_TO_NOWHERE = (">/dev/null", "2>/dev/null", "2>&1")
"""Redirections that change nothing here: what they would hide is not said."""


class NoSuchProgram(Exception):
    """The command to execute is not in the container."""


class Shell(Programs):
    """One command run in one container."""

    def __init__(self, run: PodRun, container: Container, channel: Channel) -> None:
        super().__init__(run, container, channel)
        self._commands: dict[str, Callable[[list[str]], Awaitable[int]]] = {
            name.removeprefix("_do_"): getattr(self, name) for name in dir(self) if name.startswith("_do_")
        }

    async def execute(self, words: list[str]) -> int:
        """Run a command as exec does; return its exit code.

        Raises:
            NoSuchProgram: it is not in the container.
        """
        name = words[0].rsplit("/", 1)[-1]
        if name == "busybox" and len(words) > 1:
            return await self.execute(words[1:])
        try:
            if name in SHELLS:
                return await self._shell(words[1:])
            if name not in self._commands:
                raise NoSuchProgram(words[0])
            return await self._commands[name](words)
        except Left as left:
            return left.code

    async def _shell(self, words: list[str]) -> int:
        while words and words[0].startswith("-") and "c" not in words[0]:
            words = words[1:]
        if words and "c" in words[0] and words[0].startswith("-"):
            return await self.script(words[1]) if len(words) > 1 else 2
        if self._channel.is_tty:
            return await self._interactive()
        text = b""
        while (chunk := await self._channel.read()) is not None:
            text += chunk
            *whole, text = text.split(b"\n")
            for line in whole:
                await self.script(line.decode("utf-8", "replace"))
        return await self.script(text.decode("utf-8", "replace")) if text else self._last

    async def script(self, text: str) -> int:
        """Run a line of commands joined by ; && ||."""
        runs, self._skip = True, False
        for part in _PARTS.findall(text):
            if part in (";", "\n", "&"):
                runs = True
            elif part == "&&":
                runs = runs and self._last == 0
            elif part == "||":
                runs = self._last != 0
            elif part == "|":
                await self._complain("sh: pipes are not available in this shell")
                self._last = 2
                return 2
            elif runs and part.strip():
                self._last = await self._simple(part)
        return self._last

    async def _simple(self, text: str) -> int:
        try:
            words = shlex.split(self._expanded(text), comments=True)
        except ValueError:
            await self._complain("sh: syntax error: unterminated quoted string")
            return 2
        while words and re.fullmatch(r"\w+=.*", words[0]):
            name, _, value = words.pop(0).partition("=")
            self._variables[name] = value
        if not words:
            return 0
        words = [word for word in words if word not in _TO_NOWHERE]
        if words[:2] == ["command", "-v"]:
            names = [name for name in words[2:] if name in self._commands or name in SHELLS[:2]]
            return 0 if names else 127
        if words[0] == "exec" and len(words) > 1:
            raise Left(await self._simple(shlex.join(words[1:])))
        if any(word.startswith((">", "<")) for word in words):
            await self._complain("sh: redirection is not available in this shell")
            return 2
        name = words[0].rsplit("/", 1)[-1]
        if name in SHELLS:
            return await self._shell(words[1:])
        if name not in self._commands:
            await self._complain(f"sh: {words[0]}: not found")
            return 127
        return await self._commands[name](words)

    def _expanded(self, text: str) -> str:
        """Replace variables outside single quotes."""

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            return str(self._last) if name == "?" else self._variables.get(name, "")

        pieces = re.split(r"('[^']*')", text)
        return "".join(piece if piece.startswith("'") else _VARIABLE.sub(value, piece) for piece in pieces)

    # -- a terminal --------------------------------------------------------------------------------

    async def _interactive(self) -> int:
        line = ""
        await self._prompt()
        while True:
            chunk = await self._channel.read()
            if chunk is None:
                return self._last
            for letter in chunk.decode("utf-8", "replace"):
                if letter in "\r\n":
                    await self._channel.out(b"\r\n")
                    await self.script(line)
                    line = ""
                    await self._prompt()
                elif letter == "\x04" and not line:
                    await self._channel.out(b"\r\n")
                    return self._last
                else:
                    line = await self._edited(line, letter)

    async def _edited(self, line: str, letter: str) -> str:
        """Return the line after a key, echoed as a terminal driver does."""
        if letter in "\x7f\x08":
            if line:
                await self._channel.out(b"\b \b")
            return line[:-1]
        if letter == "\x15":
            await self._channel.out(b"\b \b" * len(line))
            return ""
        if letter == "\x03":
            self._last = INTERRUPTED
            await self._channel.out(b"^C\r\n")
            await self._prompt()
            return ""
        if letter < " ":
            return line
        await self._channel.out(letter.encode())
        return line + letter

    async def _prompt(self) -> None:
        folder = "~" if self._folder == "/root" else self._folder
        await self._channel.out(f"{folder} # ".encode())

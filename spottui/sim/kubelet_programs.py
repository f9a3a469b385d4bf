"""The programs that the tiny shell of a container knows."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from spottui.sim.kubelet_container import Container
from spottui.sim.kubelet_files import PROGRAMS, environment, files, machine

if TYPE_CHECKING:
    from spottui.sim.kubelet_pod import PodRun


class Channel(Protocol):
    """The streams of a command."""

    is_tty: bool

    async def read(self) -> bytes | None:
        """Return what was typed; None at the end of the input."""
        ...

    async def out(self, data: bytes) -> None:
        """Write to standard output."""
        ...

    async def err(self, data: bytes) -> None:
        """Write to standard error."""
        ...


class Left(Exception):
    """The shell was left."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


class Programs:
    """What can be run in one container; each `_do_NAME` gets its words and returns its exit code."""

    def __init__(self, run: PodRun, container: Container, channel: Channel) -> None:
        self._run, self._container, self._channel = run, container, channel
        self._variables = environment(run, container)
        self._folder = "/"
        self._last = 0

    async def _say(self, text: str) -> None:
        await self._channel.out(self._ended(text))

    async def _complain(self, text: str) -> None:
        await self._channel.err(self._ended(text + "\n"))

    def _ended(self, text: str) -> bytes:
        return (text.replace("\n", "\r\n") if self._channel.is_tty else text).encode()

    def _path(self, word: str) -> str:
        path = word if word.startswith("/") else f"{self._folder.rstrip('/')}/{word}"
        parts: list[str] = []
        for part in path.split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)

    def _folders(self) -> set[str]:
        found = {"/", "/bin", "/dev", "/etc", "/proc", "/root", "/sys", "/tmp", "/usr", "/var"}
        for path in files(self._run, self._container):
            parts = path.split("/")[:-1]
            found |= {"/".join(parts[:at]) or "/" for at in range(1, len(parts) + 1)}
        return found

    async def _do_echo(self, words: list[str]) -> int:
        bare = words[1:2] == ["-n"]
        await self._say(" ".join(words[2 if bare else 1 :]) + ("" if bare else "\n"))
        return 0

    async def _do_ls(self, words: list[str]) -> int:
        names = [word for word in words[1:] if not word.startswith("-")] or [self._folder]
        known, folders, code = files(self._run, self._container), self._folders(), 0
        for name in names:
            path = self._path(name)
            if path in known:
                await self._say(f"{name}\n")
            elif path in folders:
                root = path.rstrip("/") + "/"
                inside = {one[len(root) :].split("/")[0] for one in {*known, *folders} if one.startswith(root)}
                await self._say("".join(f"{one}\n" for one in sorted(inside - {""})))
            else:
                await self._complain(f"ls: {name}: No such file or directory")
                code = 1
        return code

    async def _do_cat(self, words: list[str]) -> int:
        known, code = files(self._run, self._container), 0
        for name in words[1:]:
            path = self._path(name)
            if path in known:
                await self._say(known[path])
            elif path in self._folders():
                await self._complain("cat: read error: Is a directory")
                code = 1
            else:
                await self._complain(f"cat: can't open '{name}': No such file or directory")
                code = 1
        if len(words) == 1:
            while (chunk := await self._channel.read()) is not None and chunk != b"\x04":
                await self._channel.out(chunk)
        return code

    async def _do_env(self, words: list[str]) -> int:
        await self._say("".join(f"{name}={value}\n" for name, value in self._variables.items()))
        return 0

    _do_printenv = _do_env

    async def _do_export(self, words: list[str]) -> int:
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if equals:
                self._variables[name] = value
        return 0

    async def _do_ps(self, words: list[str]) -> int:
        spec = self._container.spec
        program = " ".join([*(spec.get("command") or ()), *(spec.get("args") or ())]) or f"/app/{self._container.name}"
        rows = [(1, program), (42, "sh"), (57, "ps")]
        await self._say("PID   USER     TIME  COMMAND\n")
        await self._say("".join(f"{pid:5} root      0:00 {what}\n" for pid, what in rows))
        return 0

    async def _do_exit(self, words: list[str]) -> int:
        raise Left(int(words[1]) % 256 if len(words) > 1 and words[1].isdecimal() else self._last)

    async def _do_sleep(self, words: list[str]) -> int:
        units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
        match = re.fullmatch(r"([0-9.]+)([smhd]?)", words[1]) if len(words) > 1 else None
        if not match:
            await self._complain(f"sleep: invalid number '{' '.join(words[1:])}'")
            return 1
        await self._run.kubelet.clock.sleep(float(match[1]) * units[match[2] or "s"])
        return 0

    async def _do_date(self, words: list[str]) -> int:
        now = datetime.fromtimestamp(self._run.kubelet.clock.wall(), UTC)
        await self._say(now.strftime("%a %b %e %H:%M:%S UTC %Y\n"))
        return 0

    async def _do_pwd(self, words: list[str]) -> int:
        await self._say(f"{self._folder}\n")
        return 0

    async def _do_cd(self, words: list[str]) -> int:
        path = self._path(words[1] if len(words) > 1 else "/root")
        if path not in self._folders():
            await self._complain(f"sh: cd: can't cd to {words[1]}: No such file or directory")
            return 2
        self._folder = path
        return 0

    async def _do_hostname(self, words: list[str]) -> int:
        await self._say(f"{self._variables['HOSTNAME']}\n")
        return 0

    async def _do_id(self, words: list[str]) -> int:
        await self._say("uid=0(root) gid=0(root) groups=0(root)\n")
        return 0

    async def _do_whoami(self, words: list[str]) -> int:
        await self._say("root\n")
        return 0

    async def _do_uname(self, words: list[str]) -> int:
        kernel, arch = machine(self._run)
        name = self._variables["HOSTNAME"]
        text = {"-m": arch, "-r": kernel, "-n": name, "-a": f"Linux {name} {kernel} #1 SMP {arch} Linux"}
        await self._say(text.get(words[1] if len(words) > 1 else "", "Linux") + "\n")
        return 0

    async def _do_test(self, words: list[str]) -> int:
        if len(words) == 3 and words[1] in ("-e", "-f", "-d", "-r", "-c"):
            path = self._path(words[2])
            is_file, is_folder = path in files(self._run, self._container), path in self._folders()
            return 0 if (is_folder if words[1] == "-d" else is_file or (words[1] in "-e-r" and is_folder)) else 1
        return 0 if len(words) == 2 and words[1] else 1

    async def _do_kill(self, words: list[str]) -> int:
        """End the container when its first process is meant."""
        if "1" in words[1:]:
            self._run.kubelet.work.add(self._run.end_by_signal, self._container)
            await asyncio.sleep(0)
            return 0
        await self._complain(f"sh: can't kill pid {words[-1]}: No such process")
        return 1

    async def _do_true(self, words: list[str]) -> int:
        return 0

    async def _do_false(self, words: list[str]) -> int:
        return 1

    async def _do_help(self, words: list[str]) -> int:
        await self._say(f"This is a small shell; it knows: {' '.join(sorted({*PROGRAMS, *_names()}))}\n")
        return 0


def _names() -> set[str]:
    return {name.removeprefix("_do_") for name in dir(Programs) if name.startswith("_do_")}

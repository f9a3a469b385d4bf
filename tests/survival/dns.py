"""A name server for one name, which a test can silence; and the files that make a program ask it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

ADDRESS = "127.53.0.1"
"""Of the name server; a resolver asks only port 53."""
NAME = "kubernetes.default.svc"
"""One of those that the certificate of the API server is made out to; it leads to 127.0.0.1."""
_A, _NO_SUCH_NAME = 1, 3


class NameServer:
    """Answers for `NAME`; every other name is unknown."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._serve, name="name-server", daemon=True)
        self.is_silent = False
        """It hears and says nothing, as one behind a lost link."""
        self.asked = 0
        """Questions heard."""

    def __enter__(self) -> NameServer:
        self._socket.bind((ADDRESS, 53))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (ADDRESS, 53))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            question, peer = self._socket.recvfrom(1024)
            if not question:
                return
            self.asked += 1
            if not self.is_silent:
                self._socket.sendto(_answer(question), peer)


def _answer(question: bytes) -> bytes:
    """Return the answer to one question (RFC 1035): the address for A, nothing for other types of the name."""
    end = question.index(b"\0", 12) + 5
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii", "replace").lower())
        at += question[at] + 1
    is_known = ".".join(labels) == NAME
    has_answer = is_known and struct.unpack(">H", question[end - 4 : end - 2])[0] == _A
    flags = 0x8580 | (0 if is_known else _NO_SUCH_NAME)
    head = question[:2] + struct.pack(">HHHHH", flags, 1, int(has_answer), 0, 0)
    answer = struct.pack(">HHHIH", 0xC00C, _A, 1, 1, 4) + socket.inet_aton("127.0.0.1") if has_answer else b""
    return head + question[12:end] + answer


def wrap(folder: Path) -> Sequence[str]:
    """Return the command that starts a program which asks this name server and knows no other names; as root only."""
    folder.mkdir(exist_ok=True)
    (folder / "resolv.conf").write_text(f"nameserver {ADDRESS}\n")
    (folder / "hosts").write_text("127.0.0.1 localhost\n")
    (folder / "nsswitch.conf").write_text("hosts: files dns\n")
    binds = "; ".join(
        f'mount --bind "{folder / name}" /etc/{name}' for name in ("resolv.conf", "hosts", "nsswitch.conf")
    )
    return ["unshare", "--mount", "sh", "-c", f'set -e; {binds}; exec "$@"', "sh"]

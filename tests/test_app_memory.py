"""The C library's memory, looked at in a Python of its own."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

THREADS = """
import threading
from spottui.app_memory import share_between_threads
share_between_threads()
gate = threading.Barrier(9)
def work():
    kept = [bytearray(3000) for _ in range(50)]
    gate.wait(); gate.wait()
for _ in range(8):
    threading.Thread(target=work, daemon=True).start()
gate.wait()
maps = open("/proc/self/maps").read().splitlines()
starts = [int(line.partition("-")[0], 16) for line in maps if line.endswith(" 0 ") or line.split()[-1] == "0"]
print(sum(start % (64 << 20) == 0 for start in starts))
gate.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux")
def test_eight_threads_share_two_arenas() -> None:
    done = subprocess.run([sys.executable, "-c", THREADS], check=True, capture_output=True, text=True)
    assert int(done.stdout) <= 2


GAPS = """
import asyncio, psutil, sys
from spottui.app_memory import keep_giving_back
async def main():
    pieces = [bytearray(2000) for _ in range(30_000)]
    del pieces[0:-1:2], pieces[0:-1:2]
    for number in range(len(pieces)):
        if number % 10:
            pieces[number] = None
    before = psutil.Process().memory_info().rss
    task = asyncio.create_task(keep_giving_back(0.01))
    async with asyncio.timeout(20):
        while before - psutil.Process().memory_info().rss < 10e6:
            await asyncio.sleep(0.01)
    task.cancel()
asyncio.run(main())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked for it")
def test_gaps_between_what_is_kept_go_back_to_the_system() -> None:
    subprocess.run([sys.executable, "-c", GAPS], check=True, capture_output=True, text=True)

"""Ends this process when the one that started it is gone, whatever way it went.

Two nets: on Linux the kernel sends SIGTERM when the parent dies, and everywhere the standard input, a pipe that only
the parent holds, comes to its end. The kernel's word is bound to the parent's thread that started this process: the
parent must start it from its main thread.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
PATIENCE = 3.0
"""Seconds that an orderly end may take after the parent is gone."""


def follow_parent(ended: Callable[[], object], at_worst: Callable[[], object]) -> None:
    """Watch standard input from a thread.

    Args:
        ended: Called from that thread when the parent is gone; should lead to the end of this process.
        at_worst: Called from that thread when this process is still there a while later, before it is ended hard.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)

    def watch() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass  # no standard input at all is as good as its end
        ended()
        time.sleep(PATIENCE)
        at_worst()
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()

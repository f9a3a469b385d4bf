"""The Kubernetes client comes without its synchronous half."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from spottui.sources.kube_light import lighten
lighten()
lighten()
import spottui.sources.kube_login
from kubernetes.aio.config.kube_config import KubeConfigLoader
print(sorted({"requests", "websocket", "kubernetes.client"} & set(sys.modules)))
"""


def test_logging_in_imports_nothing_of_the_synchronous_client() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

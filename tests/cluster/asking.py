"""Two ways to ask the test cluster something: kubectl, and a call that must be refused."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .api_client import ApiRefused


def kubectl(kubeconfig: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run kubectl with a kubeconfig and nothing of this machine's own settings."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(kubeconfig.parent)}
    command = ["kubectl", "--kubeconfig", str(kubeconfig), "--request-timeout=20s", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def refusal(call: Any, *arguments: Any, **query: Any) -> ApiRefused:
    """Return what the server refused a call with."""
    with pytest.raises(ApiRefused) as caught:
        call(*arguments, **query)
    return caught.value

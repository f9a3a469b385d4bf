"""Lets kubernetes.aio be imported without the synchronous client that `import kubernetes` brings along."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType


def lighten() -> None:
    """Put an empty `kubernetes` package in place, through which its sub-packages are found; at most once.

    `kubernetes/__init__.py` imports requests, oauthlib, websocket and the whole synchronous client, of which
    nothing is used here: on a small computer 0.35 s of the way to the first pods, and 20 MB for good.
    """
    if "kubernetes" in sys.modules:
        return
    spec = find_spec("kubernetes")
    if spec is None or spec.submodule_search_locations is None:
        return  # not installed: the import that follows says so
    package: ModuleType = module_from_spec(spec)
    sys.modules["kubernetes"] = package

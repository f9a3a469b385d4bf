"""Lets kubernetes.aio be imported without the synchronous client that `import kubernetes` brings along."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType

PACKAGES = ("kubernetes", "kubernetes.aio")


def lighten() -> None:
    """Put empty packages in place, through which their sub-packages are found; at most once.

    `kubernetes/__init__.py` imports requests, oauthlib, websocket and the whole synchronous client, and
    `kubernetes/aio/__init__.py` what stands beside the client and its configuration. Nothing of it is used
    here: on a small computer half a second of the way to the first pods, and 20 MB for good.
    """
    for name in PACKAGES:
        if name in sys.modules:
            continue
        spec = find_spec(name)
        if spec is None or spec.submodule_search_locations is None:
            return  # not installed: the import that follows says so
        package: ModuleType = module_from_spec(spec)
        sys.modules[name] = package
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, package)

"""All cases of the contract: what is asked, in words that both servers understand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .caller import Caller

Case = Callable[[Caller], None]
Json = dict[str, Any]

CASES: dict[str, Case] = {}
"""By name, in the order in which they are asked."""


def case(function: Case) -> Case:
    """Take a function into the contract under its own name."""
    assert function.__name__ not in CASES, f"two cases are named {function.__name__}"
    CASES[function.__name__] = function
    return function


def pod(name: str, image: str = "registry.example/a:1", **more: Any) -> Json:
    """Return a pod of one container."""
    labels = more.pop("labels", {"app": name})
    spec = {"containers": [{"name": "main", "image": image}], **more}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


def deployment(name: str, **more: Any) -> Json:
    """Return a Deployment of one container with a port and a variable."""
    container = {
        "name": "main",
        "image": "registry.example/a:1",
        "ports": [{"containerPort": 80}],
        "env": [{"name": "A", "value": "1"}],
    }
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **more},
    }


def config(name: str, **data: str) -> Json:
    """Return a ConfigMap."""
    return {"metadata": {"name": name}, "data": data or {"key": "value"}}


from . import (  # noqa: E402, the cases register themselves
    cases_access,  # noqa: F401
    cases_apply,  # noqa: F401
    cases_delete,  # noqa: F401
    cases_list,  # noqa: F401
    cases_patch,  # noqa: F401
    cases_refused,  # noqa: F401
    cases_tables,  # noqa: F401
    cases_watch,  # noqa: F401
    cases_write,  # noqa: F401
)

"""Leaves a Kubernetes Event on the object of a done command, so that others see who did it."""

from __future__ import annotations

import asyncio
import logging
import uuid

from spottui.actions.action import Permission
from spottui.actions.objects import api_version, collection
from spottui.actions.services import Services
from spottui.clock import rfc3339
from spottui.errors import SpottuiError
from spottui.records import Target

PERMISSION = Permission("create", "", "events")
PATIENCE = 2.0
"""Seconds that the operator's answer may wait for the Event."""
MESSAGE_LENGTH = 1024
"""What the API server takes."""

_log = logging.getLogger(__name__)


def reason_of(action_id: str) -> str:
    """Return the Event's reason, e.g. "SpottuiHardRefresh" for "application.hard-refresh"."""
    words = action_id.rpartition(".")[2].split("-")
    return "Spottui" + "".join(word.capitalize() for word in words)


async def tell(services: Services, action_id: str, target: Target, sentence: str) -> None:
    """Create the Event; a refusal or a slow link is only logged, as the command itself is done."""
    namespace = target.namespace or "default"
    event = _event(services, action_id, target, namespace, sentence)
    try:
        async with asyncio.timeout(PATIENCE):
            await services.api.request("POST", collection("Event", namespace), body=event, timeout=PATIENCE)
    except TimeoutError:
        _log.warning("no Event on %s: no answer within %s s", target, PATIENCE)
    except SpottuiError as error:
        _log.warning("no Event on %s: %s", target, error)


def _event(services: Services, action_id: str, target: Target, namespace: str, sentence: str) -> dict[str, object]:
    moment = rfc3339(services.clock())
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{target.name[:200]}.{uuid.uuid4().hex[:16]}", "namespace": namespace},
        "type": "Normal",
        "reason": reason_of(action_id),
        "message": f"{services.user}: {sentence}"[:MESSAGE_LENGTH],
        "involvedObject": {
            "apiVersion": api_version(target.kind),
            "kind": target.kind,
            "namespace": target.namespace,
            "name": target.name,
            "uid": target.uid,
        },
        "source": {"component": "spottui"},
        "reportingComponent": "spottui",
        "reportingInstance": services.user,
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }

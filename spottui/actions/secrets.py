"""Shows what a Secret holds, decoded, on the operator's screen only: no sentence, log or file has it."""

from __future__ import annotations

from spottui.actions.objects import fetch, part
from spottui.actions.services import Options, Services
from spottui.records import Target

KEYS_NAMED = 20


async def reveal(services: Services, target: Target, options: Options) -> str:
    """Read the Secret and hand it to the screen; the sentence names its keys and not a value.

    Raises:
        SpottuiError: It cannot be read, is another one now, or there is no screen.
    """
    found = await fetch(services, target)
    names = sorted(str(name) for name in part(found, "data"))
    services.show(target, found)
    if not names:
        return f"{target} in {target.namespace} holds nothing."
    more = f" and {len(names) - KEYS_NAMED} more" if len(names) > KEYS_NAMED else ""
    keys = "1 key" if len(names) == 1 else f"{len(names)} keys"
    shown = ", ".join(name[:60] for name in names[:KEYS_NAMED])
    return f"{keys} of {target} in {target.namespace} {'was' if len(names) == 1 else 'were'} shown: {shown}{more}."

"""Makes one finding of the troubles of one object."""

from __future__ import annotations

from spottui.records import Finding, Target
from spottui.verdicts.troubles import Trouble

TEXT_LENGTH = 400
"""Characters of a finding; the whole message is one key away."""


def finding_of(
    id: str, subject: str, troubles: list[Trouble], target: Target | None, count: str = "", *, is_critical: bool = False
) -> Finding:
    """Make one finding of all troubles of one object, the first of them leading."""
    texts = [f"{each.word}: {each.cause}" if each.cause else each.word for each in troubles]
    parts = list(dict.fromkeys(texts))
    text = count + "; ".join([*(part.rstrip(".") for part in parts[:-1]), parts[-1]])
    since = [each.since for each in troubles if each.since is not None]
    return Finding(
        id=id,
        severity="bad" if any(each.severity == "bad" for each in troubles) else "warn",
        subject=subject,
        text=text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…",
        since=min(since, default=None),
        key=troubles[0].key,
        target=target,
        advice=next((each.advice for each in troubles if each.advice), ""),
        code=troubles[0].code,
        is_critical=is_critical,
        container=troubles[0].container,
    )

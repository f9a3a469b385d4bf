"""Keeps our own credentials out of what others say of them: servers and plugins echo what they are told."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST = 6
"""Characters from which on a credential is told from any other word: taking out every "1" leaves no sentence."""


_LOGIN = re.compile(r"(://)[^/\s@:]*:[^/\s@]+(?=@(?!sha\d))|(?<=\bhttp)(s?://)[^/\s@:]+(?=@(?!sha\d))")


def without_login(text: str) -> str:
    """Return a text with the logins in its URLs replaced by "***": a repository is known by its address."""
    return _LOGIN.sub(lambda found: f"{found[1] or found[2]}***", text) if "://" in text else text


def without(content: bytes, secrets: Iterable[str]) -> bytes:
    """Return what somebody said with the credentials that we gave them replaced by "***"."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            content = content.replace(secret.encode(errors="replace"), b"***")
    return content

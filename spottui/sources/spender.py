"""Whose traffic it is: each source says so in its own task, and those that it starts inherit it."""

from __future__ import annotations

from contextvars import ContextVar

SPENDER: ContextVar[str] = ContextVar("spender", default="commands")
"""Name of the source; "commands" is what nobody else asked for."""

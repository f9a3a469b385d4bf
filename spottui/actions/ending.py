"""How a command ended, and in which words that is said and written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from spottui.actions.action import Action
from spottui.actions.sending import AuditedApi
from spottui.actions.wording import shown
from spottui.errors import OutcomeUnknown, SpottuiError
from spottui.records import Target


@dataclass(frozen=True)
class Ending:
    """How a command ended, for the audit and for the operator."""

    outcome: Literal["done", "failed", "unknown"]
    text: str
    error: SpottuiError | None = None

    def noted(self, note: str) -> Ending:
        """Return the same end with a sentence more."""
        if self.error is not None:
            return replace(self, text=self.text + note, error=type(self.error)(f"{self.error}{note}"))
        return replace(self, text=type(self.text)(self.text + note))


def late(action: Action, target: Target, api: AuditedApi) -> SpottuiError:
    """Return the error for a command that took too long; what never left is not "unknown"."""
    text = f"{target}: no answer within {action.timeout:.0f} s"
    if api.may_have_changed:
        return OutcomeUnknown(f"{text}; it may or may not be {action.past}.")
    return SpottuiError(f"{text}; nothing was sent.")


def broken(target: Target, error: SpottuiError, api: AuditedApi) -> Ending:
    """Return the ending of a command that met an error."""
    if isinstance(error, OutcomeUnknown):
        return Ending("unknown", shown(str(error)), error)
    if api.accepted and error is api.unread:  # not the write was refused, but a look at its effect
        text = shown(f"{target}: the request was sent, but its effect could not be read back. {error}")
        return Ending("unknown", text, OutcomeUnknown(text))
    return Ending("failed", shown(str(error)), error)


def cut_off(api: AuditedApi) -> Ending:
    """Return the ending of a command that spottui did not live to see."""
    if api.may_have_changed:
        return Ending("unknown", "spottui ended before the answer.")
    return Ending("failed", "spottui ended before anything was sent.")

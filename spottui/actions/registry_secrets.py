"""What can be done with a Secret as commands."""

from __future__ import annotations

from spottui.actions import secrets
from spottui.actions.action import Action, Weight, needs, sentence

SECRET_ACTIONS: tuple[Action, ...] = (
    Action(
        id="secret.reveal",
        title="Reveal",
        verb="reveal",
        past="revealed",
        kinds=("Secret",),
        permission=needs("get"),
        weight=Weight.ASK,
        timeout=20,
        writes=False,
        help="Its values are decoded and shown on this screen only; who looked is in the audit log.",
        describe=sentence("Show the values of"),
        run=secrets.reveal,
        many=False,
    ),
)

"""The key bindings that [keys] may change, beside the commands: their ids and their own keys.

Kept here as the screens that have them must not be imported before the settings are read; a test holds this
table against them. The answers of a confirmation are left out on purpose: nobody may move "yes".
"""

from __future__ import annotations

PROGRAM_KEYS = {
    "screen.overview": "1",
    "screen.nodes": "2",
    "screen.workloads": "3",
    "screen.gitops": "5",
    "screen.host": "8",
    "screen.timeline": "9",
    "spottui.palette": ":",
    "spottui.help": "?",
    "spottui.menu": "m",
    "spottui.lock": "L",
    "spottui.freeze": "P",
    "spottui.reconnect": "ctrl+r",
    "spottui.save": "ctrl+s",
    "spottui.back": "escape",
    "spottui.quit": "q",
    "spottui.show-quit": "ctrl+q",
    "table.filter": "/",
    "table.open": "enter",
    "table.describe": "d",
    "table.next": "tab",
    "table.before": "shift+tab",
    "table.sort": "o",
    "table.wide": "w",
    "table.unhealthy": "!",
    "table.namespace": "n",
    "table.all-namespaces": "0",
    "table.down": "down,j",
    "table.up": "up,k",
    "table.first": "home,g",
    "table.last": "end,G",
    "table.page_down": "pagedown,ctrl+f",
    "table.page_up": "pageup",
    "table.half_down": "ctrl+d",
    "table.half_up": "ctrl+u",
    "table.left": "left",
    "table.right": "right",
    "table.mark": "space",
    "lines.up": "up,k",
    "lines.down": "down,j",
    "lines.page-up": "pageup",
    "lines.page-down": "pagedown,space",
    "lines.half-up": "ctrl+u",
    "lines.half-down": "ctrl+d",
    "lines.top": "g,home",
    "lines.bottom": "G,end",
}
"""Id of the binding -> its keys, comma-separated."""
FIXED = ("confirm.", "type-name.", "choice.", "text.", "spottui.interrupt")
"""Beginnings of the ids that cannot be changed: dialogs, and the last way out."""

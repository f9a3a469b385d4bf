"""Nasty texts: what terminals obey, what markup means, what hides, turns or widens a line; and what is safe of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from wcwidth import wcwidth

CANARY = "INJECTED"
"""Stands where only a terminal that obeyed, or a markup that was read, could bring it: never on a screen by itself."""

ESCAPES = {
    "colour": "\x1b[1;31mred\x1b[0m",
    "clear": "\x1b[2J\x1b[H\x1b[3J",
    "cursor": "\x1b[10;10Hover\x1b[s\x1b[u\x1b[9999C",
    "scroll region": "\x1b[1;2r\x1bM\x1bD\x1b[5S",
    "alternate screen": "\x1b[?1049l\x1b[?25h\x1b[?7h",
    "mouse": "\x1b[?1000h\x1b[?1003h\x1b[?2004h",
    "title": "\x1b]0;INJECTED title\x07\x1b]2;INJECTED\x1b\\",
    "clipboard": "\x1b]52;c;SU5KRUNURUQ=\x07",
    "hyperlink": "\x1b]8;;http://evil.example/\x1b\\link\x1b]8;;\x1b\\",
    "palette": "\x1b]4;1;rgb:00/00/00\x07\x1b]11;?\x07",
    "notification": "\x1b]9;INJECTED\x07\x1b]777;notify;INJECTED;INJECTED\x07",
    "image": "\x1b]1337;File=inline=1:SU5KRUNURUQ=\x07",
    "unended osc": "\x1b]52;c;INJECTED and no end",
    "dcs": "\x1bP$qINJECTED\x1b\\\x1bPq#0;2;0;0;0INJECTED\x1b\\",
    "tmux": "\x1bPtmux;\x1b\x1b]52;c;SU5KRUNURUQ=\x07\x1b\\",
    "apc pm sos": "\x1b_GINJECTED\x1b\\\x1b^INJECTED\x1b\\\x1bXINJECTED\x1b\\",
    "asks": "\x1b[6n\x1b[c\x1b[>c\x1b[5n\x1b[21t\x1b[?2026$p\x05",
    "reset": "\x1bc\x1b[!p\x1b#8",
    "charset": "\x1b(0lqqk\x1b(B\x0e\x0f\x1bn\x1bo",
    "8 bit": "\x9b31mred\x9d0;INJECTED\x9c\x90qINJECTED\x9c\x9f\x9e\x98\x84\x85\x8d",
    "8 bit unended": "\x9d52;c;INJECTED",
    "lone escape": "end\x1b",
    "cut csi": "\x1b[38;5;",
    "nested": "\x1b\x1b[\x1b]\x1b[31m\x1b[0m",
    "split by control": "\x1b\x00[31m\x1b[\x0031m",
}
MARKUP = {
    "rich": "[red]INJ[/red][bold]b[/]",
    "closing": "[/]",
    "closing of nothing": "[/nothing]",
    "action": "[@click=app.exit]INJECTED[/]",
    "link": "[link=http://evil.example]INJECTED[/link]",
    "open": "[bold",
    "variable": "[$primary on $error]x[/]",
    "nested brackets": "[[red]] \\[red] [[[",
    "emoji code": ":skull: :warning:",
}
HIDDEN = {
    "override": "user\u202etxt.exe\u202c",
    "isolates": "\u2066a\u2069\u2067b\u2069\u2068c",
    "marks": "a\u200eb\u200fc\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh",
    "tags": "flag\U000e0067\U000e0062\U000e007f",
    "selectors": "v\ufe0e\ufe0f\U000e0100w",
    "annotation": "\ufff9base\ufffatext\ufffb",
    "fillers": "\u3164\u115f\u1160\uffa0\u2800x",
    "invisible maths": "f\u2061x\u2062y\u2063z\u2064",
    "private": "\ue000\uf8ff\U000f0000\U0010ffff",
    "not characters": "\ufffe\uffff\U0001fffe",
}
WIDE = {
    "marks by the thousand": "z" + "\u0301\u0489\u20dd" * 1000 + "algo",
    "marks alone": "\u0300\u0301\u0302\u0303\u0304\u0305" * 5,
    "wide": "名前が長い" * 40,
    "wide at odd place": "x" + "漢" * 120,
    "full width": "ＦＵＬＬ　ｗｉｄｔｈ" * 10,
    "emoji": "💥🔥🚀⚡️☢️❤️" * 20,
    "families": "👩\u200d👩\u200d👧\u200d👦🏳️\u200d🌈👩🏽\u200d🚒" * 10,
    "flags": "🇩🇪🇯🇵🇺" * 10,
    "keycaps": "1️⃣#️⃣*️⃣" * 10,
    "hangul": "\u1112\u1161\u11ab" * 20,
    "indic": "क्षि" * 20 + "தமிழ்",
    "thai": "กี่ที่น้ำ" * 10,
    "arabic": "اسم العقدة" * 10 + "אבגד",
    "ligature": "﷽" * 10,
    "vietnamese": unicodedata.normalize("NFD", "Trường hợp Ngữ"),
    "tibetan": "ཧཱུྃ" * 10,
}
BREAKS = {
    "newlines": "one\ntwo\r\nthree\rfour\n\n\n",
    "odd breaks": "a\vb\fc\x85d\u2028e\u2029f\x1cg\x1dh\x1ei",
    "tabs": "\tcol\t\t\tumn\t",
    "nul": "be\x00fore\x00",
    "controls": "".join(map(chr, range(32))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0))),
    "backspace": "safe\x08\x08\x08\x08evil",
    "return": "safe text\revil",
    "blanks": " \u00a0\u2003\u3000 ",
    "empty": "",
}
FORMS = {
    "slashes": "../../../../etc/passwd",
    "percent": "%s%n%x%d%(name)s%%",
    "braces": "{}{0}{name!r}{x.__class__}{{",
    "shell": "$(reboot)`reboot`;reboot|&><'\"\\",
    "url": "https://user:pass@evil.example/?q=<script>#x",
    "template": "{{ .Values }} ${HOME} <b>&amp;</b>",
    "json": '{"level": "error", "msg": "\\u001b[31m", "a": {"a": {"a": {"a": {"a": []}}}}}',
    "yaml": "- !!python/object:os.system\n? &a *a : |\n  x",
    "glob": "[!a]*?(a|b)+",
    "regex": "(a+)+$\\",
    "option": "--kubeconfig=/etc/shadow",
    "number": "9" * 400,
    "negative": "-1e999",
}
CORPUS: dict[str, str] = {**ESCAPES, **MARKUP, **HIDDEN, **WIDE, **BREAKS, **FORMS}
LONG = {"a megabyte": "x" * 1_000_000, "a megabyte of escapes": "\x1b[31m" * 200_000, "wide and long": "漢" * 300_000}
"""In a class of their own, as they are slow to make a million records of."""
SURROGATES = {"half": "half \ud800 character", "other half": "\udc9b31m", "turned": "\udc00\ud800"}
"""As JSON's backslash escapes can bring them; UTF-8 cannot."""
NAMES = tuple(CORPUS)

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
MARKS_IN_A_ROW = 4
"""More than any script needs on one letter."""


def unsafe(text: str, *, breaks: str = "") -> str:
    """Return what of a text must not reach a terminal, in words; empty when all of it may. `breaks` are allowed."""
    found = {f"U+{ord(one):04X}" for one in _UNSAFE.findall(text) if one not in breaks}
    row = 0
    for character in text if not text.isascii() else "":
        row = row + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if row > MARKS_IN_A_ROW:
            found.add("marks by the thousand")
    return " ".join(sorted(found))


def cells(text: str) -> int:
    """Return how many cells a terminal gives a text that is safe."""
    return sum(max(0, wcwidth(character)) for character in text)


def texts_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a record, whatever it is made of, with where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from texts_of(key, f"{path}.key")
            yield from texts_of(one, f"{path}[{key!r:.40}]")
    elif isinstance(value, list | tuple | set | frozenset):
        for place, one in enumerate(value):
            yield from texts_of(one, f"{path}[{place}]")
    elif hasattr(value, "__struct_fields__"):
        for name in value.__struct_fields__:
            yield from texts_of(getattr(value, name), f"{path}.{name}")
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from texts_of(getattr(value, name), f"{path}.{name}")


_pieces = st.sampled_from(
    [*CORPUS.values(), "\x1b", "\x9b", "[", "]", "/", "\u0301", "漢", "\u200d", "\ufe0f", "é", "ok"]
)
nasty: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(list(CORPUS.values())),
    st.lists(_pieces, max_size=8).map("".join),
    st.text(st.characters(codec="utf-8"), max_size=80),
    st.text(
        st.sampled_from("\x1b\x9b\x9d\x90\x9c\x07[]()?;:0123456789mHJKPX^_\\\n\r\t \u202e\u2066é漢\u0301\u200d"),
        max_size=60,
    ),
)
"""Texts as UTF-8 can bring them."""
nastier = st.one_of(nasty, st.sampled_from(list(SURROGATES.values())), st.text(st.characters(codec=None), max_size=60))
"""Texts as JSON can bring them: half characters too."""

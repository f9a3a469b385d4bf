"""Keeps Textual from holding on to what closed screens drew."""

from __future__ import annotations

from textual._styles_cache import StylesCache


def let_go() -> None:
    """Have widgets' caches of drawn lines go with their widgets; doing it twice changes nothing.

    Textual remembers two colours of each widget in a cache of the class, under the widget's own cache as the key: the
    last 1024 of them stay, with every line they drew. Under the class as the key the colours are the same.
    """
    remembered = StylesCache.__dict__["get_inner_outer"]
    if not isinstance(remembered, classmethod):
        StylesCache.get_inner_outer = classmethod(remembered)  # pyright: ignore[reportAttributeAccessIssue]

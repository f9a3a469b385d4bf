"""What closed screens drew is let go of."""

from __future__ import annotations

import gc
import weakref

from textual._styles_cache import StylesCache
from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Static

from spottui.widgets.styles_cache import let_go


class Dialog(ModalScreen[None]):
    """A few lines."""

    def compose(self):
        yield Static("one\ntwo", id="text")


async def test_the_lines_of_a_closed_screen_go_with_it() -> None:
    let_go()
    app: App[None] = App()
    async with app.run_test() as pilot:
        caches: list[weakref.ref[StylesCache]] = []
        for _ in range(3):
            await app.push_screen(Dialog())
            await pilot.pause()
            caches.append(weakref.ref(app.screen.query_one("#text", Static)._styles_cache))
            await app.pop_screen()
            await pilot.pause()
        await app.push_screen(Dialog())  # Textual itself remembers the screen closed last
        await pilot.pause()
        gc.collect()
        assert [cache() for cache in caches[:2]] == [None, None]


async def test_colours_are_remembered_all_the_same() -> None:
    let_go()
    let_go()
    app: App[None] = App()
    async with app.run_test() as pilot:
        await app.push_screen(Dialog())
        await pilot.pause()
        one, other = StylesCache(), StylesCache()
        white = app.screen.query_one("#text", Static).styles.color
        assert one.get_inner_outer(white, white) is other.get_inner_outer(white, white)

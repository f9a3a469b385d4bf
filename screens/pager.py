"""A long text over the screen: YAML, a diff, an object's description; searched, copied, saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from spottui.errors import SpottuiError
from spottui.records_logs import LogLine
from spottui.screens.parts import Parts
from spottui.screens.searched import SearchedScreen
from spottui.widgets.log_view import LogView
from spottui.widgets.one_line import OneLine, Part, key_bar
from spottui.widgets.tones import Line

TEXT_BYTES = 64 << 20
"""Bytes of one text that are kept; the API server's objects are far smaller."""


class PagerScreen(SearchedScreen):
    """Shows lines that were made elsewhere, of which there may be a second form."""

    BINDINGS = [
        Binding("escape,q,y,d", "leave", "Back", id="pager.leave"),
        Binding("w", "wrap", "wrap", id="pager.wrap"),
        Binding("slash", "ask", "search", id="pager.search"),
        Binding("n", "next(False)", "next match", id="pager.next"),
        Binding("N", "next(True)", "match before", id="pager.before"),
        Binding("c", "copy", "copy all", id="pager.copy"),
        Binding("ctrl+s", "save", "save", id="pager.save"),
        Binding("z", "turn", "unfold", id="pager.unfold"),
    ]

    def __init__(
        self,
        parts: Parts,
        title: str,
        lines: Sequence[str],
        *,
        name: str = "text",
        paint: Callable[[str], Line] | None = None,
        turned: Callable[[], Sequence[str]] | None = None,
        turn_word: str = "unfold",
        keys: Sequence[tuple[str, str]] = (),
        never_saved: str = "",
    ) -> None:
        """`turned` makes the other form of the text (unfolded, ...) at `z`; `keys` are shown beside the common ones.

        `never_saved` is why the text may not be written to a file; empty: it may.
        """
        super().__init__(parts, LogView(limit=TEXT_BYTES, plain=parts.plain, id="log"))
        self._never_saved = never_saved
        self._title_text, self._file = title, name
        self._texts, self._turned, self._turn_word, self._more = list(lines), turned, turn_word, keys
        self.view.follows = False
        self.view.paint = paint or (lambda text: ((text, ""),))
        self._title, self._keys = OneLine(id="text-title"), OneLine(id="text-keys")

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.view
        yield self._ask
        yield self._keys

    def on_mount(self) -> None:
        self._fill(self._texts)
        self.view.focus()
        words = [("esc", "back"), ("/", "search"), ("n N", "next"), ("w", "wrap"), ("c", "copy")]
        words += [("ctrl-s", "save")] if not self._never_saved else []
        shown = [*self._more, *words, *([("z", self._turn_word)] if self._turned else [])]
        self._keys.show(key_bar(shown))

    def _fill(self, lines: Sequence[str]) -> None:
        self._texts = list(lines)
        self.view.buffer.clear()
        self.view.add(LogLine("", "", "", line) for line in self._texts)
        self.view.go_to_top()
        self._show_title()

    @on(LogView.Changed)
    def _show_title(self) -> None:
        found = f"/{self.view.needle}" if self.view.needle else ""
        count = Part(((f"{len(self._texts)} lines", "dim"),), 1)
        self._title.show([Part(((self._title_text, "title"),)), count, Part(((found, "accent"),), 1)])

    def show(self, title: str, lines: Sequence[str]) -> None:
        """Show another text in its place."""
        self._title_text = title
        self._fill(lines)

    # -- keys --------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Take back the search, then close."""
        if not self.take_back():
            self.dismiss(None)

    def action_wrap(self) -> None:
        """Fold long lines, or cut them."""
        self.view.wraps = not self.view.wraps
        self.view.show()

    def action_ask(self) -> None:
        """Open the line for a search."""
        self.open_line(self.view.needle, "search in this text")

    @on(Input.Submitted, "#filter")
    def _asked(self, event: Input.Submitted) -> None:
        event.stop()
        self.close_line()
        self.search(event.value.strip(), "this text")

    def action_copy(self) -> None:
        """Copy the whole text to the operator's clipboard (OSC 52)."""
        self.app.copy_to_clipboard("\n".join(self._texts))
        self.notify(f"{len(self._texts)} lines are copied.", markup=False)

    def action_save(self) -> None:
        """Write the text to a file."""
        if self._never_saved:
            self.notify(self._never_saved, severity="warning", markup=False)
            return
        self.save("This", self._file, "\n".join(self._texts))

    @work(group="turn")
    async def action_turn(self) -> None:
        """Show the other form of the text."""
        if self._turned is None:
            return
        try:
            self._fill(self._turned())
        except SpottuiError as error:
            self.notify(str(error), severity="error", markup=False)

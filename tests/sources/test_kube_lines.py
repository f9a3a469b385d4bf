"""Packed replies are unpacked whole, however they are cut and joined."""

from __future__ import annotations

import gzip

from hypothesis import given
from hypothesis import strategies as st

from spottui.sources.kube_lines import PIECE, Unpacker


@given(st.lists(st.binary(max_size=400).map(lambda data: data * 700), max_size=3), st.integers(1, 5000))
def test_packed_members_come_out_whole_however_they_are_cut(members: list[bytes], size: int) -> None:
    packed = b"".join(gzip.compress(member, 1) for member in members)
    unpacker = Unpacker()
    pieces = [piece for start in range(0, len(packed), size) for piece in unpacker.pieces(packed[start : start + size])]
    assert b"".join(pieces) == b"".join(members)
    assert all(0 < len(piece) <= PIECE for piece in pieces)


def test_what_follows_a_member_in_the_same_chunk_is_read_once_and_not_for_ever() -> None:
    first, second = gzip.compress(b"x" * 3 * PIECE), gzip.compress(b"the end")
    assert b"".join(Unpacker().pieces(first + second)) == b"x" * 3 * PIECE + b"the end"

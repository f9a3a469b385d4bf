"""Hypothesis strategies for every record that a last state keeps, made from the records' own types."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st
from msgspec import Struct, inspect

from spottui.events import ListEnded, ObjectsHeard
from spottui.records import Meta, Pod, Usage
from spottui.sources.text import clean
from spottui.store import Store
from spottui.store_last_state import RECORDS

T = TypeVar("T", bound=Struct)
NOW = 1_800_000_000.0

TEXTS = st.one_of(
    st.sampled_from(["", "robot", 'a "quoted" \\u001b word', "日本語", "naïve", "a\\", "\\n", "x" * 50]),
    st.text(max_size=12),
).map(clean)
"""What the sources let through."""
TIMES = st.floats(0, 2e9, allow_nan=False) | st.just(NOW)


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.StrType():
            return TEXTS
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(-1, 2**40)
        case inspect.FloatType():
            return TIMES
        case inspect.NoneType():
            return st.none()
        case inspect.LiteralType(values):
            return st.sampled_from(values)
        case inspect.UnionType(types):
            return st.one_of([_of(one) for one in types])
        case inspect.VarTupleType(item):
            return st.lists(_of(item), max_size=1).map(tuple)
        case inspect.DictType(_, value):
            return st.dictionaries(TEXTS, _of(value), max_size=1)
        case inspect.StructType(cls):
            return structs(cls)
    raise NotImplementedError(f"no strategy for {kind}")


@cache
def structs(cls: type[T]) -> st.SearchStrategy[T]:
    """Return records of one class, each field drawn by its type; some that have a default are left at it."""
    told = inspect.type_info(cls)
    assert isinstance(told, inspect.StructType)
    required = {field.name: _of(field.type) for field in told.fields if field.required}
    optional = {field.name: _of(field.type) for field in told.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: cls(**fields))


def _fitting(record: Meta) -> Meta:
    """Take out what sources never say: an order of containers that are not there."""
    return msgspec.structs.replace(record, status_order=()) if isinstance(record, Pod) else record


@cache
def records(cls: type[Meta]) -> st.SearchStrategy[list[Meta]]:
    """Return a few records of one class with UIDs of their own."""
    few = st.lists(structs(cls).map(_fitting), max_size=2)
    return few.map(lambda drawn: [msgspec.structs.replace(one, uid=f"u{place}") for place, one in enumerate(drawn)])


@st.composite
def stores(draw: st.DrawFn) -> Store:
    """Return a store that heard some records of some kinds, and their usage maybe."""
    store = Store()
    kinds = draw(st.lists(st.sampled_from(sorted(RECORDS)), max_size=3, unique=True))
    for kind in kinds:
        drawn = draw(records(RECORDS[kind]))
        at = draw(TIMES)
        store.apply(ObjectsHeard(kind, tuple(drawn), (), at))
        store.apply(ListEnded(kind, frozenset(one.uid for one in drawn), at))
    if draw(st.booleans()):
        usages = structs(Usage)
        store.node_usage = draw(st.dictionaries(TEXTS, usages, max_size=2))
        store.pod_usage = draw(st.dictionaries(st.tuples(TEXTS, TEXTS), usages, max_size=2))
        store.usage_heard_at = draw(TIMES)
    return store

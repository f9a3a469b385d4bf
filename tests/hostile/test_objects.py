"""What the API server sends, every text in it nasty: records come out clean, or the object is left out and counted."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spottui.sources.kube_objects import KINDS, decode_list, decode_watch

from .corpus import CORPUS, SURROGATES, nastier, texts_of, unsafe
from .objects import Object, endless, real_objects, spoiled, wholly_spoiled

UNSEEN = ("uid", "resource_version")
"""Fields that are compared with the server's and never drawn."""


def page(kind: str, objects: list[Object]) -> bytes:
    return json.dumps({"kind": f"{kind}List", "metadata": {"resourceVersion": "7"}, "items": objects}).encode()


def assert_clean(records: Any) -> None:
    """No text of a record, at whatever depth, has anything that must not reach a terminal."""
    for record in records:
        for path, text in texts_of(record):
            assert not unsafe(text), f"{type(record).__name__}{path}: {text!r:.200} has {unsafe(text)}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_with_every_text_nasty(kind: str) -> None:
    objects = real_objects()[kind]
    assert objects or kind in ("cronjobs", "jobs", "applicationsets", "spinappexecutors")
    for seed, names in itertools.product(range(6), (True, False)):
        texts = iter(endless(filter(None, CORPUS.values()), seed))
        nasty_ones = [wholly_spoiled(one, texts, names=names) for one in objects]
        found = decode_list(kind, page(kind, nasty_ones))
        assert len(found.records) + found.skipped == len(objects)
        assert not found.skipped, f"{kind}: an object with odd texts is still an object"
        assert_clean(found.records)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_half_characters_cost_one_object_at_most(kind: str) -> None:
    """JSON may escape what UTF-8 cannot say."""
    for objects in ([wholly_spoiled(one, iter(endless(SURROGATES.values(), 1)))] for one in real_objects()[kind][:3]):
        found = decode_list(kind, page(kind, [*objects, *real_objects()[kind][:1]]))
        assert len(found.records) >= 1
        assert_clean(found.records)
        heard = decode_watch(kind, json.dumps({"type": "MODIFIED", "object": objects[0]}).encode())
        assert heard.record is not None
        assert_clean([heard.record])


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPUS)
def test_each_text_alone_in_every_place_of_a_pod(name: str) -> None:
    pods = [spoiled(one, lambda path: CORPUS[name] if "uid" not in path else None) for one in real_objects()["pods"]]
    found = decode_list("pods", page("pods", pods))
    assert_clean(found.records)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([kind for kind in KINDS if kind not in ("namespaces",)]), st.lists(nastier, min_size=5, max_size=9)
)
def test_whatever_hypothesis_puts_in(kind: str, texts: list[str]) -> None:
    objects = [wholly_spoiled(one, iter(itertools.cycle(texts))) for one in real_objects()[kind][:4]]
    assert_clean(decode_list(kind, page(kind, objects)).records)
    for one in objects[:1]:
        line = json.dumps({"type": texts[0] or "ADDED" if len(texts) % 2 else "ADDED", "object": one}).encode()
        heard = decode_watch(kind, line)
        assert_clean([heard.record] if heard.record is not None else [])
        assert not unsafe(heard.message)

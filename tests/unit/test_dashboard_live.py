"""One look at the engine for all who watch the same, and a log that nobody can fill."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from fireflytx.dashboard.live import Feeds
from fireflytx.dashboard.refusals import Refusal, RefusalLog
from fireflytx.dashboard.text import shown, shown_value, visible
from fireflytx.exceptions import UnknownIdError

SILENT_S = 0.01


class Source:
    """Something that changes when the test says so."""

    def __init__(self) -> None:
        self.value = 1
        self.looks = 0
        self.is_gone = False

    async def look(self, seen: int | None) -> int | None:
        self.looks += 1
        if self.is_gone:
            raise UnknownIdError("gone")
        return None if self.value == seen else self.value


def watch(feeds: Feeds, source: Source, silent_s: float = 30) -> AsyncIterator[int | None]:
    return feeds.watch(("it",), source.look, every_s=0, silent_s=silent_s)


@pytest.mark.asyncio
async def test_whoever_watches_sees_what_is_there_and_then_each_change() -> None:
    feeds, source = Feeds(), Source()
    watcher = watch(feeds, source)
    assert await anext(watcher) == 1
    source.value = 2
    assert await anext(watcher) == 2
    await watcher.aclose()  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_all_who_watch_the_same_share_one_look() -> None:
    feeds, source = Feeds(), Source()
    watchers = [feeds.watch(("it",), source.look, every_s=3600, silent_s=30) for _ in range(10)]
    assert [await anext(watcher) for watcher in watchers] == [1] * 10
    assert (source.looks, feeds.watchers) == (1, 10)
    for watcher in watchers:
        await watcher.aclose()  # type: ignore[attr-defined]
    assert feeds.watchers == 0


@pytest.mark.asyncio
async def test_nobody_looks_when_nobody_watches() -> None:
    feeds, source = Feeds(), Source()
    watcher = watch(feeds, source)
    await anext(watcher)
    await watcher.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    looks = source.looks
    for _ in range(10):
        await asyncio.sleep(0)
    assert source.looks == looks
    again = watch(feeds, source)
    assert await anext(again) == 1
    await again.aclose()  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_silence_is_told_so_that_a_browser_that_has_gone_is_noticed() -> None:
    feeds, source = Feeds(), Source()
    watcher = watch(feeds, source, SILENT_S)
    assert [await anext(watcher), await anext(watcher)] == [1, None]
    await watcher.aclose()  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_what_is_gone_ends_its_watchers() -> None:
    feeds, source = Feeds(), Source()
    watcher = watch(feeds, source)
    assert await anext(watcher) == 1
    source.is_gone = True
    assert [each async for each in watcher if each is not None] == []


def test_a_minute_later_a_refusal_is_told_again_with_how_many_were_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now_s = [0.0]
    log = RefusalLog(lambda: now_s[0])
    with caplog.at_level(logging.WARNING, logger="fireflytx.dashboard"):
        for _ in range(1_000):
            log.note(Refusal.CSRF, "10.0.0.7")
        now_s[0] += 61
        log.note(Refusal.CSRF, "10.0.0.8")
    assert [record.getMessage() for record in caplog.records] == [
        "The dashboard refused a request from 10.0.0.7: its form has no valid CSRF token.",
        "The dashboard refused a request from 10.0.0.8: its form has no valid CSRF token. "
        "(999 more were refused for this since the last such line.)",
    ]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Grüße 日本 🚀\n\tok", "Grüße 日本 🚀\n\tok"),
        ("a\x00b\x1b[31m\x7f\x9b", r"a\x00b\x1b[31m\x7f\x9b"),
        ("\u202etxt\u2066\u200b\ufeff", r"\u202etxt\u2066\u200b\ufeff"),
        ("\ud800\u2028", r"\ud800\u2028"),
        ("\N{MAN}\u200d\N{WOMAN}", "\N{MAN}\u200d\N{WOMAN}"),
    ],
)
def test_what_is_not_seen_is_written_as_an_escape(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_a_long_text_is_cut_and_its_size_is_told() -> None:
    assert shown("ä" * 10, 10).is_whole
    cut = shown("ä" * 11, 10)
    assert (cut.text, cut.size_bytes, cut.is_whole) == ("ä" * 10, 22, False)


def test_a_value_is_laid_out_as_far_as_it_is_shown() -> None:
    assert shown_value({"a": [1]}, 100).text == '{\n  "a": [\n    1\n  ]\n}'
    large = shown_value({"n": list(range(100_000)), "big": 2**70}, 50)
    assert (len(large.text), large.is_whole) == (50, False)


def test_a_value_that_is_nested_too_deeply_does_not_break_its_page() -> None:
    value: dict[str, object] = {}
    for _ in range(5_000):
        value = {"a": value}
    assert "too deeply" in shown_value(value, 100).text

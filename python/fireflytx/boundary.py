"""Between a user's code and the engine: values become text and are encrypted, and come back.

One for each engine. It knows which values must not be shown, and takes them out of errors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

import orjson

from fireflytx import _sealed
from fireflytx._bridge import items
from fireflytx._bridge.messages import Attempt, Failure
from fireflytx.codec import Codec, Place, Undecodable
from fireflytx.exceptions import CodecError, ValueRefusedError
from fireflytx.failures import failure_of
from fireflytx.redaction import MASK, masked, secret_texts
from fireflytx.registry import Registry
from fireflytx.values import VALUE_LIMIT_BYTES, Secrets, decode, encode

Json = dict[str, Any]
E = TypeVar("E", bound=items.Event)


class Boundary:
    """Encodes and decodes one engine's values. Safe in any thread.

    Args:
        registry: Knows the fields that must not be shown, and learns of more.
        codec: Encrypts what goes to the engine; None leaves it plain.
        is_durable: Whether the engine keeps values in a file. Then secrets need a codec.
        limit_bytes: The most that one value may take as JSON, encrypted if there is a codec.

    Attributes:
        takes_secrets: Whether pydantic's secrets may cross.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        codec: Codec | None = None,
        is_durable: bool = False,
        limit_bytes: int = VALUE_LIMIT_BYTES,
    ) -> None:
        self._registry = registry
        self._codec = codec
        self._limit_bytes = limit_bytes
        self.takes_secrets = codec is not None or not is_durable

    # --- to the engine ------------------------------------------------------------------------------------

    def encode(
        self,
        value: object,
        *,
        what: str,
        saga: str,
        correlation_id: str,
        whose: Callable[[], str] | None = None,
    ) -> bytes:
        """A value as the engine gets it.

        Raises:
            ValueRefusedError: JSON can't carry it, it is over the limit, or a secret needs a codec.
            CodecError: The codec failed.
        """
        text, names = self._plain(value, what, whose, saga)
        return text if self._codec is None else self._sealed(text, correlation_id, names, what, whose)

    def encode_input(
        self, value: object, *, saga: str, correlation_id: str, whose: Callable[[], str]
    ) -> tuple[bytes, str | None]:
        """A saga's input as the engine gets it, and with a codec the hash by which it knows a repetition."""
        text, names = self._plain(value, "input", whose, saga)
        if self._codec is None:
            return text, None
        canonical = orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS)
        identity = _guarded(self._codec.identity, canonical, correlation_id)
        return self._sealed(text, correlation_id, names, "input", whose), identity

    def failure(
        self,
        error: BaseException,
        attempt: Attempt,
        *,
        saga: str = "",
        values: Iterable[object] = (),
        retryable: bool | None = None,
    ) -> Failure:
        """An exception as the engine gets it, without what redacted fields hold in ``values``."""
        names = self._registry.redacted(saga)
        secrets = secret_texts(values, names) if names else ()
        plain = failure_of(error, retryable=retryable, secrets=secrets)
        if self._codec is None:
            return plain
        try:
            return plain._replace(
                message=self._sealed_text(plain.message, attempt, "message"),
                traceback=self._sealed_text(plain.traceback, attempt, "traceback"),
            )
        except CodecError as broken:  # what fails must be told, and must not be told in plain text
            return plain._replace(
                message=f"not recorded, since it could not be encrypted: {broken}", traceback=""
            )

    def _plain(
        self, value: object, what: str, whose: Callable[[], str] | None, saga: str
    ) -> tuple[bytes, set[str]]:
        names: set[str] = set()
        secrets: Secrets | None = names.update if self.takes_secrets else None
        text = encode(value, what=what, whose=whose, limit_bytes=self._limit_bytes, secrets=secrets)
        if names:
            self._registry.redact(saga, names)
        if b'{"$enc":' in text:
            _refuse_look_alikes(text, what, whose)
        return text, names

    def _sealed(
        self,
        text: bytes,
        correlation_id: str,
        names: Collection[str],
        what: str,
        whose: Callable[[], str] | None,
    ) -> bytes:
        assert self._codec is not None
        sealed = {
            name: _sealed.seal(value, Place(correlation_id, name), self._codec, secrets=names)
            for name, value in decode(text).items()
        }
        encrypted = orjson.dumps(sealed)
        if len(encrypted) > self._limit_bytes:
            _refuse(
                f"{what} is {len(encrypted)} bytes of JSON when encrypted; the limit is {self._limit_bytes} "
                "bytes. Keep large data elsewhere and pass a reference to it.",
                what,
                whose,
            )
        return encrypted

    def _sealed_text(self, text: str, attempt: Attempt, name: str) -> str:
        assert self._codec is not None
        return _sealed.seal_text(text, Place(attempt.correlation_id, name, "error"), self._codec)

    # --- from the engine ----------------------------------------------------------------------------------

    def opened(self, item: items.Item) -> items.Item:
        """An item of the engine's with its values decoded; what can't be is an ``Undecodable`` in its place.

        Raises:
            CodecError: The item is a task, which must not run without one of its values.
        """
        opening = self._openings.get(type(item))
        return item if opening is None else opening(self, item)

    def _open_task(self, task: items.Task) -> items.Task:
        open_members = partial(
            self._opened_members, saga=task.saga, correlation_id=task.attempt.correlation_id, strict=True
        )
        return dataclasses.replace(
            task,
            data=open_members(task.data),
            input=open_members(task.input),
            results=[(step, open_members(result)) for step, result in task.results],
            context=open_members(task.context),
        )

    def _open_finished(self, item: items.Finished) -> items.Finished:
        result = dict(item.result)
        saga, correlation_id = result["saga"], result["correlation_id"]
        if error := result.get("error"):
            result["error"] = self._opened_error(error, correlation_id)
        result["steps"] = [
            self._opened_outcome(step, saga, correlation_id) for step in result.get("steps") or ()
        ]
        return dataclasses.replace(item, result=result)

    def _opened_outcome(self, step: Json, saga: str, correlation_id: str) -> Json:
        opened = dict(step)
        if result := step.get("result"):
            opened["result"] = self._opened_members(result, saga=saga, correlation_id=correlation_id)
        if error := step.get("error"):
            opened["error"] = self._opened_error(error, correlation_id)
        return opened

    def _open_event(self, item: E) -> E:
        open_members = partial(self._opened_members, saga=item.saga, correlation_id=item.correlation_id)
        payload, result, error, context = item.payload, item.result, item.error, item.context
        if result is not None and item.attempt is None:  # a saga's: the results of its steps, by their ids
            result = {step: open_members(each) for step, each in result.items()}
        elif result is not None:
            result = open_members(result)
        return dataclasses.replace(
            item,
            payload=None if payload is None else open_members(payload),
            result=result,
            error=None if error is None else self._opened_error(error, item.correlation_id),
            context=None if context is None else open_members(context),
        )

    def _open_log(self, item: items.Log) -> items.Log:
        return dataclasses.replace(item, message=_sealed.without_tokens(item.message))

    _openings: Mapping[type, Callable[[Any, Any], items.Item]] = {
        items.Task: _open_task,
        items.Finished: _open_finished,
        items.Event: _open_event,
        items.Publish: _open_event,
        items.Log: _open_log,
    }

    def opened_fact(self, fact: Json, correlation_id: str) -> Json:
        """A fact of a history, with its error decoded."""
        data = fact.get("data") or {}
        if "error" not in data:
            return fact
        return {**fact, "data": {**data, "error": self._opened_error(data["error"], correlation_id)}}

    def opened_inspection(self, inspection: Json) -> Json:
        """How a saga stands, with its values decoded; ``redact`` names the fields that must not be shown."""
        saga, correlation_id = inspection["saga"]["saga"], inspection["saga"]["correlation_id"]
        opened = self._opened_outcome(inspection, saga, correlation_id)
        for name in ("input", "context"):
            opened[name] = self._opened_members(inspection[name], saga=saga, correlation_id=correlation_id)
        opened["steps"] = [self._opened_outcome(step, saga, correlation_id) for step in inspection["steps"]]
        # Those of the definition, too: the saga's class may not be here.
        names = self._registry.redacted(saga).union(inspection["definition"].get("redact") or ())
        return {**opened, "redact": names}

    def shown(self, values: Mapping[str, Any], *, saga: str, correlation_id: str) -> Json:
        """An input, a result or context values as the engine has them, for a person: decoded and masked."""
        opened = self._opened_members(values, saga=saga, correlation_id=correlation_id)
        shown: Json = masked(opened, self._registry.redacted(saga))
        return shown

    def shown_event(self, item: E) -> E:
        """A decoded event as listeners and publishers get it: masked."""
        # Its own names too: whoever publishes it may not know the saga, which another program ran.
        names = self._registry.redacted(item.saga).union(item.redact or ())
        if not names:
            return item
        payload, result, context = (masked(each, names) for each in (item.payload, item.result, item.context))
        return dataclasses.replace(item, payload=payload, result=result, context=context)

    def shown_ran(self, item: items.Ran) -> items.Ran:
        """An attempt that Java has run as whoever watches gets it.

        What it had is not here to be searched for, so where a saga has fields to mask, of an error there is
        its type alone.
        """
        if item.error is None or not self._registry.redacted(item.saga):
            return item
        return dataclasses.replace(item, error={"type": item.error.get("type", ""), "message": MASK})

    def told(self, failure: Failure) -> Failure:
        """A failure of this boundary's as whoever watches gets it: without what is encrypted."""
        if self._codec is None:
            return failure
        message, traceback = map(_sealed.without_tokens, (failure.message, failure.traceback))
        return failure._replace(message=message, traceback=traceback)

    def _opened_members(
        self, members: Mapping[str, Any], *, saga: str, correlation_id: str, strict: bool = False
    ) -> Json:
        learn = partial(self._registry.redact, saga)
        opened = dict(members)
        for name, value in members.items():
            if not _sealed.is_sealed(value):
                continue
            plain = _sealed.unsealed(value, Place(correlation_id, name), self._codec, learn)
            if strict and isinstance(plain, Undecodable):
                raise CodecError(f"'{name}' {plain}")
            opened[name] = plain
        return opened

    def _opened_error(self, error: Json, correlation_id: str) -> Json:
        return {
            name: _sealed.unsealed_text(value, Place(correlation_id, name, "error"), self._codec)
            if name in ("message", "traceback")
            else value
            for name, value in error.items()
        }


def _guarded(identity: Callable[[bytes, str], str], canonical: bytes, correlation_id: str) -> str:
    try:
        return identity(canonical, correlation_id)
    except CodecError:
        raise
    except Exception as error:
        raise CodecError(f"The codec could not hash an input: {type(error).__name__}.") from None


def _refuse_look_alikes(text: bytes, what: str, whose: Callable[[], str] | None) -> None:
    for name, value in decode(text).items():
        if _sealed.is_sealed(value):
            path = f"{what}.{name}"
            _refuse(
                f"{path} has the form of an encrypted value; give its key '$enc' another name.", path, whose
            )


def _refuse(problem: str, path: str, whose: Callable[[], str] | None) -> None:
    raise ValueRefusedError(f"{whose()}: {problem}" if whose else problem, path=path)

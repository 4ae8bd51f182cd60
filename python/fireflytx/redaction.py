"""What nobody may see of a value: secrets, and the fields that a saga's ``redact`` names.

Every viewer (logs, events, traces, the dashboard, the command line) shows a value as :func:`masked` gives it.
The names come with the saga's definition, so that a process without its class masks the same fields.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from fireflytx._models import (
    dataclass_members,
    is_dataclass_instance,
    is_model,
    is_model_type,
    is_secret,
    is_secret_type,
    model_members,
)

MASK: Final = "***"
"""What is shown in the place of a redacted field."""

SHORTEST_MASKED: Final = 4
"""Texts that are shorter are not searched for in messages: they would be found in every other word."""


def masked(value: object, names: Collection[str]) -> Any:
    """``value`` as it may be shown: a copy without its secrets.

    Args:
        value: What JSON carries, or a model, a dataclass or a container with such things in it.
        names: The fields to mask, at any depth; upper and lower case are the same.

    Returns:
        The same dicts and lists, with ``***`` for each such field and each of pydantic's secrets. Everything
        else is the object itself.
    """
    return _masked(value, frozenset(name.casefold() for name in names))


def masked_text(text: str, secrets: Iterable[str]) -> str:
    """``text`` with ``***`` wherever one of ``secrets`` stands in it, as :func:`secret_texts` gives them."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def secret_texts(values: Iterable[object], names: Collection[str]) -> list[str]:
    """The texts that redacted fields hold in ``values``, the longest first; to be taken out of messages.

    Each text is there as it is, as ``repr``, JSON and a URL write it, and line by line. Texts and digits of
    less than four characters are left out.
    """
    folded = frozenset(name.casefold() for name in names)
    found = {
        form for value in values for text in _hidden(value, folded, inside=False) for form in _forms(text)
    }
    return sorted(
        (form for form in found if len(form) >= SHORTEST_MASKED), key=lambda form: (-len(form), form)
    )


def secret_fields(annotation: object) -> frozenset[str]:
    """The names of fields that hold pydantic's secrets, in the models and dataclasses of an annotation."""
    return frozenset(_secret_fields(annotation, set()))


def _masked(value: object, names: frozenset[str]) -> Any:
    if isinstance(value, str):
        return value
    if is_secret(value):
        return MASK
    if isinstance(value, Mapping):
        return {
            key: MASK if str(key).casefold() in names else _masked(each, names) for key, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(each, names) for each in value]
    members = _members(value)
    return value if members is None else _masked(members, names)


def _members(value: object) -> Mapping[str, Any] | None:
    if is_model(value):
        return model_members(value)
    return dataclass_members(value) if is_dataclass_instance(value) else None


def _hidden(value: object, names: frozenset[str], *, inside: bool) -> Iterator[str]:
    """The texts in ``value`` that must not be shown; all of them where it is ``inside`` a redacted field."""
    if is_secret(value):
        secret: Any = value
        yield from _hidden(secret.get_secret_value(), names, inside=True)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _hidden(each, names, inside=inside or str(key).casefold() in names)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _hidden(each, names, inside=inside)
    elif (members := _members(value)) is not None:
        yield from _hidden(members, names, inside=inside)
    elif inside and isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif inside and value is not None and not isinstance(value, bool):
        yield str(value)


def _forms(text: str) -> Iterator[str]:
    """How a text may be written in a message."""
    for each in {text, *text.splitlines()}:
        yield each
        yield repr(each)[1:-1]
        yield json.dumps(each)[1:-1]
        yield json.dumps(each, ensure_ascii=False)[1:-1]
        yield quote(each, safe="", errors="replace")


def _secret_fields(annotation: object, seen: set[object]) -> Iterator[str]:
    for kind in _types_in(annotation):
        if kind in seen:
            continue
        seen.add(kind)
        for names, inner in _fields(kind):
            if any(is_secret_type(each) for each in _types_in(inner)):
                yield from names
            yield from _secret_fields(inner, seen)


def _types_in(annotation: object) -> Iterator[type]:
    """Every class in an annotation: those in ``list[...]``, unions and the like, too."""
    origin = typing.get_origin(annotation)
    for kind in (annotation, origin):
        if isinstance(kind, type):
            yield kind
    for each in typing.get_args(annotation):
        yield from _types_in(each)


def _fields(kind: type) -> Iterator[tuple[set[str], object]]:
    """The fields of a model or a dataclass, each with the names that JSON may have it under."""
    if is_model_type(kind):
        for name, field in kind.model_fields.items():
            aliases = (field.alias, field.serialization_alias, field.validation_alias)
            yield {name, *(each for each in aliases if isinstance(each, str))}, field.annotation
    elif dataclasses.is_dataclass(kind):
        try:
            hints = typing.get_type_hints(kind)
        except Exception:  # evaluating user text can raise anything
            return
        for each in dataclasses.fields(kind):
            yield {each.name}, hints.get(each.name)

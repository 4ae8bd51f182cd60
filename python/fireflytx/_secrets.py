"""Writing pydantic's secrets by their value, and which fields hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fireflytx._models import (
    dataclass_members,
    is_dataclass_instance,
    is_model,
    is_root_model,
    is_secret,
    members_left_to_pydantic,
)

if TYPE_CHECKING:
    from pydantic import BaseModel


def content(secret: Any) -> Any:
    """What a secret hides; bytes as the text that they are in UTF-8, if they are, since JSON has no bytes."""
    hidden = secret.get_secret_value()
    if not isinstance(hidden, bytes):
        return hidden
    try:
        return hidden.decode()
    except UnicodeDecodeError:
        return hidden


def model_dump(model: BaseModel) -> Any:
    """``model.model_dump(mode="json")`` with the contents of secrets in the place of pydantic's stars.

    What a serializer of the user's has written stays as it is.
    """
    return _with_contents(model.model_dump(mode="json"), model)


def secret_names(value: object) -> frozenset[str]:
    """The names of the fields that hold secrets.

    Below a field of a model or a dataclass that field's name counts; keys of dicts count elsewhere.
    """
    return frozenset(_names(value, (), is_field=False))


def _with_contents(dumped: Any, value: object) -> Any:
    if is_secret(value):
        return content(value)
    if is_model(value):
        return _model_with_contents(dumped, value)
    if isinstance(dumped, dict):
        # Keys are written in their order, whatever JSON makes of them.
        members = value if isinstance(value, Mapping) else _dataclass_members(value, dumped)
        pairs = zip(dumped.items(), members.values(), strict=False)
        return {key: _with_contents(each, member) for (key, each), member in pairs} if members else dumped
    if isinstance(dumped, list) and isinstance(value, list | tuple | set | frozenset):
        return [_with_contents(each, member) for each, member in zip(dumped, value, strict=False)]
    return dumped


def _model_with_contents(dumped: Any, model: BaseModel) -> Any:
    members = members_left_to_pydantic(model)
    if is_root_model(model):
        return _with_contents(dumped, members["root"]) if "root" in members else dumped
    if not isinstance(dumped, dict):
        return dumped
    fields = type(model).model_fields
    written = dict(dumped)
    for name, member in members.items():
        alias = fields[name].serialization_alias if name in fields else None
        key = name if name in dumped else alias
        if key is not None and key in dumped:
            written[key] = _with_contents(dumped[key], member)
    return written


def _dataclass_members(value: object, dumped: Mapping[str, Any]) -> Mapping[str, Any]:
    if not is_dataclass_instance(value):
        return {}
    return {key: getattr(value, key, None) for key in dumped}


def _names(value: object, around: tuple[str, ...], *, is_field: bool) -> Iterator[str]:
    """The names of secrets in ``value``, which itself has the names ``around``."""
    if is_secret(value):
        yield from around
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield from _names(member, around if is_field else (str(key),), is_field=is_field)
    elif isinstance(value, list | tuple | set | frozenset):
        for member in value:
            yield from _names(member, around, is_field=is_field)
    elif is_model(value):
        for key, member in members_left_to_pydantic(value).items():
            names = _names_of(key, value)
            yield from _names(member, names or around, is_field=is_field or bool(names))
    elif is_dataclass_instance(value):
        for key, member in dataclass_members(value).items():
            yield from _names(member, (key,), is_field=True)


def _names_of(member: str, model: BaseModel) -> tuple[str, ...]:
    """What JSON may call a model's member; a root model's has no name of its own."""
    if is_root_model(model):
        return ()
    field = type(model).model_fields.get(member)
    alias = field.serialization_alias if field is not None else None
    return (member,) if alias is None else (member, alias)

"""pydantic models and dataclasses, without importing pydantic for those who have none."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
import types
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

import orjson

from fireflytx.exceptions import InvalidInputError

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter, ValidationError
    from pydantic.fields import FieldInfo

_MAX_REASONS = 10
# What pydantic says of a key that the model doesn't have: a model that forbids extras, a dataclass that does.
_UNKNOWN_KEY = frozenset({"extra_forbidden", "unexpected_keyword_argument"})

# The parts of pydantic's sentences that come from the value or from a validator of the user's.
_QUOTING = frozenset({"error", "tag"})


def build(data: dict[str, Any], annotation: object) -> object:
    """What a method that asks for ``annotation`` gets: a model, a dataclass, or the dict itself.

    Models are built as from JSON, so that strict ones accept the JSON forms of their fields. Keys that the
    type doesn't know are dropped, at the top level: a step's input has the results of other steps in it too.
    An optional type gets None for ``{}``, which is what None becomes on the wire.

    Args:
        data: The step's input, or for a compensation the step's result.
        annotation: The annotation of the method's data parameter; None if there is none.

    Raises:
        InvalidInputError: The data doesn't fit, or no such type can be built from JSON. The message names
            fields and reasons, never values.
    """
    target = _target(annotation)
    if target is None:
        return data
    model, is_optional = target
    if is_optional and not data:
        return None
    return _validated(data, model)


def is_model(value: object) -> TypeGuard[BaseModel]:
    """Whether ``value`` is an instance of a pydantic model."""
    pydantic = sys.modules.get("pydantic")  # without it nobody can have made a model
    return pydantic is not None and isinstance(value, pydantic.BaseModel)


def is_root_model(model: BaseModel) -> bool:
    """Whether a model is written as its one member."""
    return type(model).__pydantic_root_model__


def is_dataclass_instance(value: object) -> bool:
    """Whether ``value`` is an instance of a dataclass, and not one of the classes themselves."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def is_secret(value: object) -> bool:
    """Whether pydantic would write ``value`` as stars."""
    return is_secret_type(type(value))


def is_secret_type(kind: type) -> bool:
    """Whether pydantic would write instances of ``kind`` as stars."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(
        kind, pydantic.SecretStr | pydantic.SecretBytes | pydantic.Secret
    )


def is_model_type(kind: type) -> TypeGuard[type[BaseModel]]:
    """Whether ``kind`` is a pydantic model."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(kind, pydantic.BaseModel)


def model_members(model: BaseModel) -> dict[str, Any]:
    """A model's fields and extras by name, the fields that it excludes left out."""
    # Not by iterating: a RootModel may well have an __iter__ of its own.
    fields = type(model).model_fields
    members = {**vars(model), **(model.model_extra or {})}
    return {name: value for name, value in members.items() if name not in fields or not fields[name].exclude}


def members_left_to_pydantic(model: BaseModel) -> dict[str, Any]:
    """The members that no serializer of the user's writes: those of pydantic's own rules."""
    decorators = type(model).__pydantic_decorators__
    if decorators.model_serializers:
        return {}
    own = {name for each in decorators.field_serializers.values() for name in each.info.fields}
    return {
        name: value
        for name, value in model_members(model).items()
        if name not in own and not _has_serializer(type(model).model_fields.get(name))
    }


def _has_serializer(field: FieldInfo | None) -> bool:
    from pydantic import PlainSerializer, WrapSerializer

    return field is not None and any(
        isinstance(each, PlainSerializer | WrapSerializer) for each in field.metadata
    )


def dataclass_members(value: Any) -> dict[str, Any]:
    """A dataclass's fields by name, those that begin with ``_`` left out as JSON leaves them out."""
    names = (each.name for each in dataclasses.fields(value) if not each.name.startswith("_"))
    return {name: getattr(value, name) for name in names}


@functools.lru_cache(maxsize=1024)
def _target(annotation: object) -> tuple[Any, bool] | None:
    """The model or dataclass that an annotation asks for, and whether None will do too."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        choices = [each for each in typing.get_args(annotation) if each is not types.NoneType]
        is_optional = len(choices) < len(typing.get_args(annotation))
        return (choices[0], is_optional) if len(choices) == 1 and _is_buildable(choices[0]) else None
    return (annotation, False) if _is_buildable(annotation) else None


def _is_buildable(annotation: object) -> bool:
    kind = typing.get_origin(annotation) or annotation  # Box[int] is built as its class is
    if not isinstance(kind, type):
        return False
    pydantic = sys.modules.get("pydantic")
    return dataclasses.is_dataclass(kind) or (pydantic is not None and issubclass(kind, pydantic.BaseModel))


@functools.lru_cache(maxsize=1024)
def _adapter(model: Any) -> TypeAdapter[Any]:
    import pydantic

    try:
        adapter = pydantic.TypeAdapter(model)
        adapter.rebuild()  # what pydantic can't resolve it puts off until the first value
    except (pydantic.PydanticUserError, pydantic.PydanticUndefinedAnnotation) as error:
        reason = str(error).partition("\n")[0]
        raise InvalidInputError(f"{_name(model)} can't be built from JSON: {reason}") from error
    return adapter


def _validated(data: dict[str, Any], model: Any) -> object:
    from pydantic import ValidationError

    adapter = _adapter(model)
    try:
        return _validate(data, adapter)
    except ValidationError as error:
        unknown = _unknown_keys(error)
        if not unknown:
            raise _misfit(model, error) from None
    known = {key: value for key, value in data.items() if key not in unknown}
    try:
        return _validate(known, adapter)
    except ValidationError as error:
        raise _misfit(model, error) from None


def _validate(data: dict[str, Any], adapter: TypeAdapter[Any]) -> object:
    try:
        text = orjson.dumps(data)
    except TypeError:  # an integer over 64 bits, which only the standard library writes
        text = json.dumps(data).encode()
    # A model is written by the names of its fields, so a field with an alias is read under either.
    return adapter.validate_json(text, by_alias=True, by_name=True)


def _unknown_keys(error: ValidationError) -> set[object]:
    unknown = [each["loc"] for each in error.errors() if each["type"] in _UNKNOWN_KEY]
    return {place[0] for place in unknown if len(place) == 1}


def _misfit(model: Any, error: ValidationError) -> InvalidInputError:
    """Pydantic's error without the values in it; that is also why it is not kept as the cause."""
    errors = error.errors(include_url=False, include_input=False)
    reasons = [_reason(each) for each in errors[:_MAX_REASONS]]
    more = f" and {len(errors) - _MAX_REASONS} more" if len(errors) > _MAX_REASONS else ""
    return InvalidInputError(f"The data doesn't fit {_name(model)}: {'; '.join(reasons)}{more}.")


def _reason(error: Mapping[str, Any]) -> str:
    """The field and pydantic's sentence; where that may quote the value, only the kind of the error."""
    place = ".".join(map(str, error["loc"]))
    may_quote = error["type"] not in _known_kinds() or not _QUOTING.isdisjoint(error.get("ctx", ()))
    text = str(error["type"]).replace("_", " ") if may_quote else str(error["msg"])
    return f"{place}: {text}" if place else text


@functools.cache
def _known_kinds() -> frozenset[str]:
    from pydantic_core import core_schema

    return frozenset(typing.get_args(core_schema.ErrorType))


def _name(model: Any) -> str:
    return str(getattr(model, "__name__", model))

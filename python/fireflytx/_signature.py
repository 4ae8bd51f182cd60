"""The shape of a saga's method: how it is called, and what type of input it asks for."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final, Literal, cast

from fireflytx.exceptions import DefinitionError

Kind = Literal["coroutine", "thread"]
AnyFunction = Callable[..., Any]

WANTED: Final = "(self, data) or (self, data, context)"

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Annotation:
    """The annotation of one parameter, evaluated when it is first asked for.

    Models may be defined after the saga, so a text annotation is left alone until then. One that can't be
    evaluated (a name imported for type checkers alone, say) counts as none.
    """

    __slots__ = ("_namespace", "_raw", "_scope", "_value")

    def __init__(self, raw: object, namespace: dict[str, Any], scope: Mapping[str, Any]) -> None:
        self._raw = raw
        self._namespace = namespace
        self._scope = scope

    @property
    def value(self) -> object | None:
        """The type that the annotation means, or None."""
        if not hasattr(self, "_value"):
            self._value = self._evaluate() if self._raw is not None else None
        return self._value

    def peek(self) -> object | None:
        """As ``value``; but what can't be evaluated yet is left to be asked for again."""
        return None if self._raw is None or self._evaluate() is None else self.value

    def _evaluate(self) -> object | None:
        def carrier() -> None: ...

        carrier.__annotations__ = {"data": self._raw}
        try:
            return typing.get_type_hints(carrier, self._namespace, dict(self._scope)).get("data")
        except Exception:  # evaluating user text can raise anything, and none of it matters here
            return None


@dataclass(frozen=True, slots=True)
class Shape:
    """What one look at a method's signature tells."""

    kind: Kind
    takes_context: bool
    annotation: Annotation = field(compare=False)


def shape_of(function: AnyFunction, *, where: str, frame: FrameType | None) -> Shape:
    """The shape of a step's or a compensation's method.

    Args:
        function: The undecorated method.
        where: What the method is, to begin an error with: ``Step 'charge'``.
        frame: Where it is being decorated; names in its annotation are looked up there too.

    Raises:
        DefinitionError: It is no function, can't be called as a step is, or is a generator.
    """
    _require_function(function, where)
    parameters = list(inspect.signature(function).parameters.values())
    _require_callable_as_step(function, parameters, where)
    return Shape(
        kind="coroutine" if is_coroutine_function(function) else "thread",
        takes_context=len(_positional(parameters)) > 2,
        annotation=_annotation(function, parameters[1], frame),
    )


def is_coroutine_function(function: AnyFunction) -> bool:
    """Whether calling it gives something to await; decorators that wrap an ``async def`` are seen through."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(inspect.unwrap(function))


def as_coroutine_function(function: AnyFunction) -> AnyFunction:
    """The function, or around a plain wrapper of an ``async def`` a coroutine function that awaits it."""
    if inspect.iscoroutinefunction(function):
        return function

    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    return call


def _require_function(function: object, where: str) -> None:
    if isinstance(function, classmethod | staticmethod | property):
        raise DefinitionError(
            f"{where} is a {type(function).__name__}; a saga's methods are plain ones: remove that decorator."
        )
    if not inspect.isfunction(function):
        raise DefinitionError(f"{where} decorates a {type(function).__name__}; decorate a function.")
    inner = inspect.unwrap(function)
    if inspect.isasyncgenfunction(inner) or inspect.isgeneratorfunction(inner):
        raise DefinitionError(f"{where} is a generator, as it contains 'yield'; return one result instead.")


def _require_callable_as_step(function: AnyFunction, parameters: list[inspect.Parameter], where: str) -> None:
    positional = _positional(parameters)
    required = [each for each in positional if each.default is inspect.Parameter.empty]
    keywords = [each for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY]
    bad_keyword = any(each.default is inspect.Parameter.empty or each.name == "context" for each in keywords)
    if len(positional) < 2 or len(required) > 3 or bad_keyword:
        raise DefinitionError(
            f"{where}: the method must be written as {WANTED}, "
            f"found {function.__name__}({', '.join(map(_sketch, parameters))})."
        )


def _sketch(parameter: inspect.Parameter) -> str:
    # Neither annotations nor defaults: a default can be a value that nobody wants in a log.
    sketch = parameter.replace(annotation=inspect.Parameter.empty, default=inspect.Parameter.empty)
    optional = "" if parameter.default is inspect.Parameter.empty else "=…"
    return f"{sketch}{optional}"


def _positional(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    return [each for each in parameters if each.kind in _POSITIONAL]


def _annotation(function: AnyFunction, parameter: inspect.Parameter, frame: FrameType | None) -> Annotation:
    if parameter.annotation is inspect.Parameter.empty:
        return Annotation(None, {}, {})
    inner = inspect.unwrap(function)
    namespace = cast("dict[str, Any]", getattr(inner, "__globals__", {}))
    return Annotation(parameter.annotation, namespace, _scope(parameter.annotation, frame))


def _scope(annotation: object, frame: FrameType | None) -> dict[str, Any]:
    """What the annotation's names mean where the method is written, if that is inside a function or a class.

    Only those names are kept: a frame's other variables must not live as long as the saga's class.
    """
    if not isinstance(annotation, str) or frame is None:
        return {}
    try:
        names = compile(annotation, "<annotation>", "eval").co_names
    except SyntaxError:
        return {}
    visible = {**(frame.f_back.f_locals if _is_class_body(frame) and frame.f_back else {}), **frame.f_locals}
    return {name: visible[name] for name in names if name in visible}


def _is_class_body(frame: FrameType) -> bool:
    return "__qualname__" in frame.f_locals and "__module__" in frame.f_locals

"""Between the dataclasses of the models and the JSON of the API."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import (
    Any,
    Callable,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from .models.page import Page

T = TypeVar("T")

#: How the API calls a field of ours.
Naming = Callable[[str], str]


class ShapeError(ValueError):
    """JSON that is not what a model describes."""


def camel(name: str) -> str:
    """The name of a member of the core resources: ``agent_id`` is ``agentId``."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def snake(name: str) -> str:
    """The name of a member of the OAuth 2.0 messages, which is ours."""
    return name


def encode(values: Mapping[str, Any]) -> dict[str, Any]:
    """Names values as the API does and leaves out those that are ``None``."""
    return {camel(name): value for name, value in values.items() if value is not None}


def encode_model(model: Any) -> dict[str, Any]:
    """The JSON object of a request model."""
    fields = dataclasses.fields(model)
    return encode({field.name: getattr(model, field.name) for field in fields})


def decoder(model: type[T], naming: Naming = camel) -> Callable[[object], T]:
    """Reads a model."""
    return lambda value: decode(model, value, naming)


def page_decoder(model: type[T]) -> Callable[[object], "Page[T]"]:
    """Reads a page of models."""

    def read(value: object) -> "Page[T]":
        page = decode(Page, value, camel)
        return dataclasses.replace(page, data=[decode(model, entry, camel) for entry in page.data])

    return read


def decode_nothing(_: object) -> None:
    """Reads an answer that says nothing."""


def decode(model: type[T], value: object, naming: Naming) -> T:
    """Reads a dataclass. Unknown members are ignored.

    Raises:
        ShapeError: A member is missing or of another type.
    """
    if not isinstance(value, dict):
        raise ShapeError(f"{model.__name__} is not an object")
    dataclass: Any = model
    hints = _hints(dataclass)
    arguments: dict[str, Any] = {}
    for field in dataclasses.fields(dataclass):
        name = field.metadata.get("wire", naming(field.name))
        if name in value:
            where = f"{model.__name__}.{name}"
            arguments[field.name] = _convert(value[name], hints[field.name], where, naming)
        elif field.default is dataclasses.MISSING or "required" in field.metadata:
            raise ShapeError(f"{model.__name__}.{name} is missing")
    return model(**arguments)


@functools.cache
def _hints(model: Any) -> dict[str, Any]:
    return get_type_hints(model)


def _convert(value: Any, hint: Any, where: str, naming: Naming) -> Any:
    kind = get_origin(hint) or hint
    if kind is Union:
        if value is None:
            return None
        return _convert(value, get_args(hint)[0], where, naming)
    if dataclasses.is_dataclass(kind):
        return decode(hint, value, naming)
    if isinstance(kind, type) and not _is_of_type(value, kind):
        raise ShapeError(f"{where} is not of type {kind.__name__}")
    if kind is list:
        return [_convert(entry, get_args(hint)[0], where, naming) for entry in value]
    return value


def _is_of_type(value: object, kind: type) -> bool:
    if isinstance(value, bool):
        # In Python, but not in JSON, truth values are integers.
        return kind is bool
    return isinstance(value, kind)

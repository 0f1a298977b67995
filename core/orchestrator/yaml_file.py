"""Read a YAML file into a frozen dataclass; every complaint names file, line and key."""

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, cast, get_args, get_origin, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError

from core.errors import ConfigInvalid

T = TypeVar("T")
Place = tuple[str | int, ...]


def read_yaml(path: Path, kind: type[T]) -> T:
    """The file's content as `kind`, a frozen dataclass; keys it does not declare are refused.

    Raises:
        ConfigInvalid: missing file, broken YAML, unknown or repeated key, or a wrong value.
    """
    node = _root(path)
    lines = dict(_lines(node, ()))
    _refuse_repeated(path, node)
    content = yaml.safe_load(_text(path)) or {}
    _refuse_unknown(path, content, kind, lines, ())
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(first["loc"])
        line = _line_of(place, lines)
        key = ".".join(str(p) for p in place) or "the file"
        raise ConfigInvalid(f"{path.name} line {line}: {key}: {first['msg']}.") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigInvalid(f"{path} is missing; restore it or name an existing file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path} cannot be read as UTF-8 text: {error}") from error


def _root(path: Path) -> yaml.Node:
    try:
        node = yaml.compose(_text(path), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigInvalid(
            f"{path.name} line {line}: this is not valid YAML: {error.problem}."
        ) from error
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"{path.name}: this is not valid YAML: {error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise ConfigInvalid(f"{path.name} line 1: expected `key: value` lines at the top level.")
    return node


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*place, str(key.value))
            yield from _lines(value, here)
            yield here, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*place, index))


def _line_of(place: Place, lines: dict[Place, int]) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _refuse_repeated(path: Path, node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise ConfigInvalid(f"{path.name} line {line}: '{key.value}' stands here twice.")
            seen.add(key.value)
            _refuse_repeated(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated(path, value)


def _refuse_unknown(
    path: Path, content: object, kind: object, lines: dict[Place, int], place: Place
) -> None:
    """Walk the declared types beside the content and stop at the first undeclared key."""
    kind = _not_none(kind)
    if dataclasses.is_dataclass(kind) and isinstance(content, dict):
        hints = get_type_hints(cast("type", kind))
        for key, value in content.items():
            if key not in hints:
                near = difflib.get_close_matches(str(key), hints, n=1)
                hint = f" Did you mean '{near[0]}'?" if near else ""
                raise ConfigInvalid(
                    f"{path.name} line {_line_of((*place, str(key)), lines)}: unknown key "
                    f"'{key}'.{hint} Allowed here: {', '.join(sorted(hints))}."
                )
            _refuse_unknown(path, value, hints[key], lines, (*place, key))
    elif get_origin(kind) in {tuple, list} and isinstance(content, list):
        for index, value in enumerate(content):
            _refuse_unknown(path, value, get_args(kind)[0], lines, (*place, index))


def _not_none(kind: object) -> object:
    """The type without an optional None."""
    if get_origin(kind) in {typing.Union, types.UnionType}:
        rest = [a for a in get_args(kind) if a is not types.NoneType]
        return rest[0] if len(rest) == 1 else kind
    return kind

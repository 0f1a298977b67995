"""Read YAML into a frozen dataclass; every complaint names file, line and key."""

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
from core.yaml_text import LOADER, parsed

T = TypeVar("T")
Place = tuple[str | int, ...]


def read_yaml(path: Path, kind: type[T]) -> T:
    """The file's content as `kind`, a frozen dataclass; keys it does not declare are refused.

    Raises:
        ConfigInvalid: missing file, broken YAML, unknown or repeated key, or a wrong value.
    """
    return parse_yaml(read_text(path), kind, name=path.name)


def parse_yaml(text: str, kind: type[T], *, name: str) -> T:
    """The same for a text that stands in a file of this name.

    Raises:
        ConfigInvalid: as for a file.
    """
    node = root_of(text, name)
    lines = dict(_lines(node, ()))
    _refuse_repeated(name, node)
    content = _content(text, name)
    _refuse_unknown(name, content, kind, lines, ())
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(first["loc"])
        line = _line_of(place, lines)
        key = ".".join(str(p) for p in place) or "the file"
        raise ConfigInvalid(f"{name} line {line}: {key}: {first['msg']}.") from error


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        ConfigInvalid: it is missing, or no UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigInvalid(f"{path} is missing; restore it or name an existing file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path} cannot be read as UTF-8 text: {error}") from error


def root_of(text: str, name: str) -> yaml.MappingNode:
    """The lines of a YAML text with their places.

    Raises:
        ConfigInvalid: it is not valid, refers back to itself, or holds no `key: value` lines.
    """
    try:
        _refuse_references(text, name)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        raise _broken(error, text, name) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigInvalid(f"{name}: this is not valid YAML: {error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise ConfigInvalid(f"{name} line 1: expected `key: value` lines at the top level.")
    return node


def _content(text: str, name: str) -> object:
    try:
        return parsed(text) or {}
    except yaml.MarkedYAMLError as error:
        raise _broken(error, text, name) from error
    except ValueError as error:
        raise ConfigInvalid(f"{name}: this is not valid YAML: {error}") from error


def _broken(error: yaml.MarkedYAMLError, text: str, name: str) -> ConfigInvalid:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    # What is missing at the end is missed a line after it.
    line = min(line, max(len(text.splitlines()), 1))
    return ConfigInvalid(f"{name} line {line}: this is not valid YAML: {error.problem}.")


def _refuse_references(text: str, name: str) -> None:
    """A text that refers to parts of itself can be endless, or grow beyond all memory."""
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ConfigInvalid(
                f"{name} line {line}: '*{event.anchor}' refers to another place; write the value "
                "here (in quotes where it begins with an asterisk)."
            )


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


def _refuse_repeated(name: str, node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigInvalid(f"{name} line {line}: a key has to be a plain word.")
            if key.value in seen:
                raise ConfigInvalid(f"{name} line {line}: '{key.value}' stands here twice.")
            seen.add(key.value)
            _refuse_repeated(name, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated(name, value)


def _refuse_unknown(
    name: str, content: object, kind: object, lines: dict[Place, int], place: Place
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
                    f"{name} line {_line_of((*place, str(key)), lines)}: unknown key "
                    f"'{key}'.{hint} Allowed here: {', '.join(sorted(hints))}."
                )
            _refuse_unknown(name, value, hints[key], lines, (*place, key))
    elif get_origin(kind) in {tuple, list} and isinstance(content, list):
        for index, value in enumerate(content):
            _refuse_unknown(name, value, get_args(kind)[0], lines, (*place, index))


def _not_none(kind: object) -> object:
    """The type without an optional None."""
    if get_origin(kind) in {typing.Union, types.UnionType}:
        rest = [a for a in get_args(kind) if a is not types.NoneType]
        return rest[0] if len(rest) == 1 else kind
    return kind

"""Change single values of a policy file and leave its comments and its order as they are."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

import yaml

from core.errors import BadInput
from core.orchestrator.yaml_file import root_of
from core.yaml_text import parsed

Value = int | float | str | None | Sequence[object]
_WIDTH = 98


def with_values(text: str, values: Mapping[str, Value], *, name: str) -> str:
    """The text with these values, by dotted key; only what differs is written anew.

    Raises:
        ConfigInvalid: the text is no valid YAML.
        BadInput: a value cannot be put in its place without harm to the rest.

    Examples:
        >>> with_values("subject_max: 60   # characters", {"subject_max": 50}, name="brand")
        'subject_max: 50   # characters'
    """
    for key, value in values.items():
        root_of(text, name)
        content = parsed(text)
        path = key.split(".")
        if _at(content, path) == value:
            continue
        wanted = _put(content, path, value)
        text = _written(text, path, value, name)
        if parsed(text) != wanted:
            raise BadInput(f"{name}: {key} cannot be changed here; change it as YAML.")
    return text


def _at(content: object, path: list[str]) -> object:
    for key in path:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _put(content: dict[str, object], path: list[str], value: Value) -> dict[str, object]:
    made = deepcopy(content)
    inner = made
    for key in path[:-1]:
        found = inner.setdefault(key, {})
        inner = found if isinstance(found, dict) else {}
    inner[path[-1]] = list(value) if isinstance(value, tuple) else value
    return made


def _written(text: str, path: list[str], value: Value, name: str) -> str:
    node: yaml.Node = root_of(text, name)
    column = 0
    for key in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next(((k, v) for k, v in pairs if k.value == key), None)
        if found is None:
            added = {path[-1]: value} if len(path) == 1 else {path[0]: {path[-1]: value}}
            return f"{text.rstrip()}\n{dumped(added)}\n"
        column, node = found[0].start_mark.column, found[1]
    start, end = node.start_mark.index, _end(node)
    block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    if not isinstance(value, (list, tuple)) or not value:
        return text[:start] + dumped(value) + text[end:]
    indent = node.start_mark.column if block else column + 2
    lines = f"\n{' ' * indent}".join(dumped(value).splitlines())
    if block:
        return text[:start] + lines + text[end:]
    return f"{text[:start].rstrip()}\n{' ' * indent}{lines}{text[end:]}"


def _end(node: yaml.Node) -> int:
    """Where the last value of a node ends; a block's own end is past the comments after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def loaded(text: str, *, name: str = "the policy") -> dict[str, object]:
    """What a YAML text holds, by its keys at the top.

    Raises:
        ConfigInvalid: it is no valid YAML.
    """
    root_of(text, name)
    content = parsed(text)
    return content if isinstance(content, dict) else {}


def dumped(value: object) -> str:
    """A value as YAML, in blocks."""
    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.safe_dump(
        plain, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return text.removesuffix("...\n").rstrip("\n")

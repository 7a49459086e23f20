"""JSON Schemas of metrics.yml and boards.yml, read off the types of their languages: editors check by them."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from semantic.board import Boards
from semantic.catalogue import KINDS, Catalogue, Duration, Text
from semantic.document import PARSERS, list_fields, list_told
from semantic.expressions import RowSql

Schema = dict[str, Any]
LANGUAGES: dict[str, tuple[type, str]] = {
    "metrics": (Catalogue, "A catalogue of metrics."),
    "boards": (Boards, "Boards of widgets."),
}
FILES = {language: Path(__file__).with_name(f"{language}.schema.json") for language in LANGUAGES}
FILE = FILES["metrics"]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
# Plain YAML text may look like a number or a boolean: `label: 2024` is read as text all the same.
WORDS: Schema = {"type": ["string", "number", "boolean"]}
# Letters of every script, in the one spelling that Python's and JavaScript's patterns share.
NAMES = "^[A-Za-z_\\u0080-\\uffff][A-Za-z0-9_\\u0080-\\uffff]*$"
TONGUES = "^[a-z]{2}(-[A-Za-z]{2,4})?$"
UNITS = "minute|hour|day|week|month|quarter|half|year"
SCALARS: dict[Any, Schema] = {
    str: WORDS,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    date: {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"},
    Duration: {"type": "string", "pattern": f"^[0-9]{{1,6}}\\s+(({UNITS})s?|halves)$"},
}


@cache
def print_schema(language: str = "metrics") -> str:
    """The schema as text, the one that is committed as `metrics.schema.json` or `boards.schema.json`."""
    return json.dumps(build_schema(language), ensure_ascii=True, indent=2) + "\n"


def build_schema(language: str = "metrics") -> Schema:
    """The schema of a whole file of that language, draft 2020-12."""
    kind, told = LANGUAGES[language]
    definitions: dict[str, Schema] = {}
    root = _describe_object(kind, definitions)
    head = {"$schema": DRAFT, "title": f"{language}.yml", "description": told}
    return {**head, **root, "$defs": dict(sorted(definitions.items()))}


def _describe(kind: Any, definitions: dict[str, Schema]) -> Schema:
    """The schema of one type of the language; `definitions` grows by the types that it needs."""
    origin = get_origin(kind)
    if kind is Text:
        return _define("Text", _describe_text, definitions)
    if kind in PARSERS:
        return {**(WORDS if kind is RowSql else {"type": "string"}), "description": f"SQL: {kind.TAKES}."}
    if kind in SCALARS:
        return SCALARS[kind]
    if origin is Literal:
        return {"enum": [int(word) if word.isdigit() else word for word in get_args(kind)]}
    if origin in (Union, types.UnionType):
        return _describe_union([item for item in get_args(kind) if item is not type(None)], definitions)
    if origin is tuple:
        return {"type": "array", "items": _describe(get_args(kind)[0], definitions)}
    if origin is not None and issubclass(origin, Mapping):
        value = _describe(get_args(kind)[1], definitions)
        return {"type": "object", "patternProperties": {NAMES: value}, "additionalProperties": False}
    return _define(kind.__name__, lambda: _describe_class(kind, definitions), definitions)


def _define(name: str, make: Any, definitions: dict[str, Schema]) -> Schema:
    if name not in definitions:
        definitions[name] = {}  # its place, in case it holds itself
        definitions[name] = make()
    return {"$ref": f"#/$defs/{name}"}


def _describe_text() -> Schema:
    languages = {"type": "object", "patternProperties": {TONGUES: WORDS}, "additionalProperties": False}
    return {
        "anyOf": [WORDS, {**languages, "minProperties": 1}],
        "description": "A text, or a map of languages to texts.",
    }


def _describe_class(kind: type, definitions: dict[str, Schema]) -> Schema:
    """A map of the type's keys, or its short form: the value of one of them."""
    whole = _describe_object(kind, definitions)
    short: str | None = getattr(kind, "SHORT", None)
    if short is None:
        return whole
    return {"anyOf": [_describe(list_fields(kind)[short].type, definitions), whole]}


def _describe_object(kind: type, definitions: dict[str, Schema]) -> Schema:
    told = {item.name: item for item in dataclasses.fields(kind)}
    properties: Schema = {}
    for name, found in list_fields(kind).items():
        value = _describe(found.type, definitions)
        properties[name] = {**value, "description": told[found.name].metadata["doc"]}
        default = told[found.name].default
        if isinstance(default, (bool, int, str)):
            properties[name]["default"] = default
    required = [name for name, found in list_fields(kind).items() if found.required]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _describe_union(kinds: list[Any], definitions: dict[str, Schema]) -> Schema:
    if len(kinds) == 1:
        return _describe(kinds[0], definitions)
    if all(map(dataclasses.is_dataclass, kinds)) and not {Text, Duration} & set(kinds):
        told = list_told(kinds)
        return _define("Metric" if told is KINDS else "Item", lambda: _describe_kinds(told, definitions), definitions)
    return {"anyOf": [_describe(kind, definitions) for kind in kinds]}


def _describe_kinds(told: Mapping[str, Any], definitions: dict[str, Schema]) -> Schema:
    """The kind is told by the first of the keys that is there; the others are then checked against it."""
    keys = {"anyOf": [{"required": [key]} for key in told]}
    chosen: Schema = {"description": "It lacks the key that tells its kind.", **keys}
    for key, kind in reversed(list(told.items())):
        chosen = {"if": {"required": [key]}, "then": _describe(kind, definitions), "else": chosen}
    return {"type": "object", **chosen}

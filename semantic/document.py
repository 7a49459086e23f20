"""YAML text -> values of a language's types, with the line of every part and all faults at once."""

import dataclasses
import math
import re
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

import yaml

from semantic.catalogue import KINDS, Catalogue, Duration, Text
from semantic.errors import Problem, find_nearest
from semantic.expressions import (
    AggregateSql,
    FormulaSql,
    RowSql,
    SelectSql,
    WrongSql,
    parse_aggregate,
    parse_formula,
    parse_row,
    parse_select,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PARSERS = {RowSql: parse_row, AggregateSql: parse_aggregate, FormulaSql: parse_formula, SelectSql: parse_select}
MOST_NODES = 200_000
MOST_OPENED, MOST_LEVELS = 5_000, 100
MOST_MINUTES = 100 * 366 * 24 * 60  # of a duration
MINUTES = {
    "minute": 1,
    "hour": 60,
    "day": 1_440,
    "week": 10_080,
    "month": 44_640,
    "quarter": 132_480,
    "half": 264_960,
    "year": 527_040,
}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Plain values are tagged by what they look like; all that is written with a tag of another kind is refused.
TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
}
NUMBER = re.compile(r"[-+]?(\d[\d_]*)(\.\d*)?([eE][-+]?\d+)?\Z|[-+]?\.\d+\Z")
DURATION = re.compile(r"(\d{1,6})\s+(?:(minute|hour|day|week|month|quarter|half|year)s?|halves)\Z")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
NAME = re.compile(r"[^\W\d]\w*\Z")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z]{2,4})?\Z")
NOTHING = object()
Root = TypeVar("Root", bound="DataclassInstance")


class _TooLarge(Exception):
    """Anchors can make many values of few characters."""


class _Unreadable(Exception):
    """A part of the document was reported and is left out."""


@dataclasses.dataclass(frozen=True)
class _Field:
    name: str
    type: Any
    required: bool
    doc: str


@cache
def list_fields(kind: type) -> dict[str, _Field]:
    """The YAML keys of a type of the language, in the order in which they're declared."""
    hints = typing.get_type_hints(kind)
    fields = {}
    for item in dataclasses.fields(kind):
        if item.metadata.get("hidden"):
            continue
        required = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        fields[item.metadata.get("name") or item.name] = _Field(
            item.name, hints[item.name], required, item.metadata.get("doc", "")
        )
    return fields


def _advise(found: str) -> str:
    """What would do, by what the YAML reader tripped over."""
    if found.startswith(("did not find expected key", "mapping values")):
        return "Look for a line that is indented otherwise than its neighbours, or a text with a colon, without quotes"
    if "',' or" in found:
        return "Within braces or brackets a text that has a comma, colon or quote stands in quotes; and each is closed"
    return "Look for a quote, bracket or colon that is missing, here or just above"


def _advise_missing(docs: Mapping[str, str]) -> str:
    return " ".join(f"Add {name}: {doc[:1].lower()}{doc[1:]}" for name, doc in docs.items()).removesuffix(".")


@dataclasses.dataclass(frozen=True)
class Form(Generic[Root]):
    """A language: the type of a whole document, which has a `file` and `lines`, and the words for it."""

    kind: type[Root]
    name: str
    needs: str

    @property
    def depth(self) -> str:
        return f"A {self.name} is a few levels deep"


METRICS = Form(Catalogue, "catalogue", "at least views: and metrics:")


def list_told(kinds: Iterable[Any]) -> Mapping[str, Any]:
    """The key that tells each kind of a union: the first that is there counts."""
    return {kind.KEY: kind for kind in kinds} if all(hasattr(kind, "KEY") for kind in kinds) else KINDS


def read_document(text: str, file: str) -> tuple[Catalogue | None, list[Problem]]:
    """The catalogue as far as it can be read, and every fault of form in it. Names are not looked up here."""
    return read_form(text, file, METRICS)


def read_form(text: str, file: str, form: Form[Root]) -> tuple[Root | None, list[Problem]]:
    """As `read_document`, of any language."""
    try:
        _check_depth(text)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        if "\t" in re.match(r"\s*", _line_of(text, line))[0]:  # type: ignore[index]  # it matches nothing, too
            return None, [Problem(f"{file}:{line}", "a tab indents this line", "YAML is indented by spaces")]
        if error.problem == "but found another document":
            return None, [
                Problem(
                    f"{file}:{line}", "a second document begins here", f"A {form.name} is one document, without ---"
                )
            ]
        found = error.problem or "it ends too early"
        return None, [Problem(f"{file}:{line}", f"this isn't YAML: {found}", _advise(found))]
    except yaml.YAMLError:
        where = f"{file}:{_find_unprintable(text)}"
        return None, [Problem(where, "a control character stands here", "Only printable text is taken")]
    except (RecursionError, ValueError):
        return None, [Problem(f"{file}:1", "this is nested too deeply", form.depth)]
    reader = _Reader(file)
    if node is None:
        return None, [Problem(f"{file}:1", f"the {form.name} is empty", f"It needs {form.needs}")]
    try:
        found = reader.read(node, form.kind, ())
    except _TooLarge:
        return None, [Problem(f"{file}:1", f"it holds more than {MOST_NODES:,} values", "Leave some out")]
    except (_Unreadable, RecursionError):
        return None, reader.problems or [Problem(f"{file}:1", "this is nested too deeply", form.depth)]
    return dataclasses.replace(found, file=file, lines=reader.lines), reader.problems


def _check_depth(text: str) -> None:
    """Raises RecursionError for a text nested so deeply that the parser would end the process."""
    if sum(map(text.count, ("[", "{", "- ", "? "))) < MOST_OPENED:  # at a glance, since events take their time
        return
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_LEVELS:
            raise RecursionError


def _find_unprintable(text: str) -> int:
    """The line of the first character that YAML doesn't take."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _line_of(text: str, line: int) -> str:
    lines = text.splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


class _Reader:
    """Walks nodes along types; `problems` and `lines` grow as it goes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.lines: dict[tuple[str, ...], int] = {}
        self.nodes = 0

    def refuse(self, node: yaml.Node, path: tuple[str, ...], found: str, remedy: str) -> _Unreadable:
        where = f"{self.file}:{node.start_mark.line + 1}"
        self.problems.append(Problem(f"{where}: {'.'.join(path)}" if path else where, found, remedy))
        return _Unreadable()

    def read(self, node: yaml.Node, kind: Any, path: tuple[str, ...]) -> Any:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise _TooLarge
        self.lines.setdefault(path, node.start_mark.line + 1)
        if node.tag not in TAGS:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            raise self.refuse(node, path, f"the tag {tag} is not taken", "Values carry no tag")
        origin = get_origin(kind)
        if kind is Text:
            return self.read_text(node, path)
        if origin in (Union, types.UnionType):
            return self.read_union(node, [item for item in get_args(kind) if item is not type(None)], path)
        if origin is tuple:
            return self.read_list(node, get_args(kind)[0], path)
        if origin is not None and origin is not Literal and issubclass(origin, Mapping):
            return self.read_mapping(node, get_args(kind)[1], path)
        if (
            dataclasses.is_dataclass(kind)
            and kind is not Duration
            and not issubclass(typing.cast(type, kind), tuple(PARSERS))
        ):
            return self.read_object(node, typing.cast(type, kind), path)
        return self.read_scalar(node, kind, path)

    def read_pairs(self, node: yaml.Node, path: tuple[str, ...], takes: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self.refuse(node, path, f"{_describe(node)} stands here", f"Here goes {takes}")
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for name_node, value_node in node.value:
            if not isinstance(name_node, yaml.ScalarNode):
                self.refuse(name_node, path, "a key is not a word", "A key is a name")
            elif name_node.value in pairs:
                first = pairs[name_node.value][0].start_mark.line + 1
                self.refuse(
                    name_node,
                    (*path, name_node.value),
                    f"the key stands twice, first in line {first}",
                    "Keep one of them",
                )
            else:
                pairs[name_node.value] = (name_node, value_node)
        return [(name, *nodes) for name, nodes in pairs.items()]

    def read_mapping(self, node: yaml.Node, kind: Any, path: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, name_node, value_node in self.read_pairs(node, path, "names, each with its value"):
            here = (*path, name)
            self.lines[here] = name_node.start_mark.line + 1
            if not NAME.match(name):
                self.refuse(
                    name_node,
                    here,
                    f"{name!r} is not a name",
                    "A name is letters, digits and _, and begins with a letter",
                )
                continue
            if same := next((other for other in found if other.lower() == name.lower()), None):
                self.refuse(name_node, here, f"it differs from {same} in case only", "Give it another name")
                continue
            try:
                found[name] = self.read(value_node, kind, here)
            except _Unreadable:
                continue
        return found

    def read_object(self, node: yaml.Node, kind: type, path: tuple[str, ...]) -> Any:
        short = getattr(kind, "SHORT", None)
        fields = list_fields(kind)
        if short and not isinstance(node, yaml.MappingNode):
            return kind(**{fields[short].name: self.read(node, fields[short].type, path)})
        pairs = self.read_pairs(node, path, f"a map with {', '.join(list(fields)[:6])} …")
        values: dict[str, Any] = {}
        failed = False
        for name, name_node, value_node in pairs:
            here = (*path, name)
            self.lines[here] = name_node.start_mark.line + 1
            if name not in fields:
                nearest = find_nearest(name, fields)
                remedy = f"Did you mean {nearest}?" if nearest else f"The keys are {', '.join(fields)}"
                braces = isinstance(node, yaml.MappingNode) and node.flow_style
                if braces and not NAME.match(name):  # the rest of a text that has a comma
                    remedy = "Within braces a text that has a comma stands in quotes"
                self.refuse(name_node, here, f"the key {name} is unknown", remedy)
                continue
            try:
                values[fields[name].name] = self.read(value_node, fields[name].type, here)
            except _Unreadable:
                failed = True
        missing = [name for name, item in fields.items() if item.required and name not in {pair[0] for pair in pairs}]
        if missing:
            raise self.refuse(
                node,
                path,
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
                _advise_missing({name: fields[name].doc for name in missing}),
            )
        if failed and any(item.required and item.name not in values for item in fields.values()):
            raise _Unreadable
        return kind(**values)

    def read_union(self, node: yaml.Node, kinds: list[Any], path: tuple[str, ...]) -> Any:
        if len(kinds) == 1:
            return self.read(node, kinds[0], path)
        if all(dataclasses.is_dataclass(kind) for kind in kinds):
            told = list_told(kinds)
            noun = "metric" if told is KINDS else "widget"
            if not isinstance(node, yaml.MappingNode):
                raise self.refuse(node, path, f"{_describe(node)} stands here", f"Here goes a {noun}")
            names = [name.value for name, _ in node.value if isinstance(name, yaml.ScalarNode)]
            chosen = next((kind for name, kind in told.items() if name in names), None)
            if told is not KINDS and len(both := [name for name in told if name in names]) > 1:
                raise self.refuse(node, path, f"it has {' and '.join(both)}", f"A {noun} has one of {', '.join(told)}")
            if chosen is None:
                does, known = (
                    "measures" if told is KINDS else "shows",
                    {key for kind in kinds for key in list_fields(kind)},
                )
                nearest = next(filter(None, (find_nearest(name, told) for name in names if name not in known)), None)
                remedy = f"Did you mean {nearest}?" if nearest else f"A {noun} has one of {', '.join(told)}"
                raise self.refuse(node, path, f"it isn't said what it {does}", remedy)
            return self.read(node, chosen, path)
        lists = [kind for kind in kinds if get_origin(kind) is tuple]
        if lists and isinstance(node, yaml.SequenceNode):
            return self.read(node, lists[0], path)
        scalars = [kind for kind in kinds if get_origin(kind) is not tuple]
        if float in scalars and isinstance(node, yaml.ScalarNode) and not NUMBER.match(node.value):
            scalars.remove(float)
        return self.read(node, scalars[0], path)

    def read_list(self, node: yaml.Node, kind: Any, path: tuple[str, ...]) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.refuse(node, path, f"{_describe(node)} stands here", "Here goes a list: [a, b]")
        found = []
        for place, item in enumerate(node.value):
            try:
                found.append(self.read(item, kind, (*path, str(place + 1))))
            except _Unreadable:
                continue
        return tuple(found)

    def read_text(self, node: yaml.Node, path: tuple[str, ...]) -> Text:
        if not isinstance(node, yaml.MappingNode):
            return Text((("", self.read_scalar(node, str, path)),))
        texts = []
        for name, name_node, value_node in self.read_pairs(node, path, "a text, or a map of languages"):
            if not LANGUAGE.match(name):
                raise self.refuse(name_node, path, f"{name} is not a language", "A language is two letters: en, pt, ru")
            texts.append((name, self.read_scalar(value_node, str, (*path, name))))
        if not texts:
            raise self.refuse(node, path, "no text stands here", "Here goes a text, or a map of languages")
        return Text(tuple(texts))

    def read_scalar(self, node: yaml.Node, kind: Any, path: tuple[str, ...]) -> Any:
        takes = _describe_kind(kind)
        if not isinstance(node, yaml.ScalarNode):
            raise self.refuse(node, path, f"{_describe(node)} stands here", f"Here goes {takes}")
        text: str = node.value
        if "\0" in text:
            raise self.refuse(node, path, "it holds a NUL", "Only printable text is taken")
        if not node.style and text in ("", "~", "null"):  # the two loaders of YAML write a plain style differently
            raise self.refuse(node, path, "nothing stands here", f"Here goes {takes}")
        if kind in PARSERS:
            try:
                return PARSERS[kind](text)
            except WrongSql as wrong:
                raise self.refuse(node, path, wrong.found, wrong.remedy) from wrong
        found = _convert_scalar(text, kind)
        if found is NOTHING:
            nearest = find_nearest(text, get_args(kind)) if get_origin(kind) is Literal else None
            raise self.refuse(
                node,
                path,
                f"{_quote(text)} stands here",
                f"Did you mean {nearest}?" if nearest else f"Here goes {takes}",
            )
        return found


def _convert_scalar(text: str, kind: Any) -> Any:
    if kind is str:
        return text
    if kind is bool:
        return {"true": True, "false": False}.get(text, NOTHING)
    if kind in (int, float) and NUMBER.match(text):
        value = float(text.replace("_", ""))
        if not math.isfinite(value):
            return NOTHING
        return value if kind is float else int(value) if value == int(value) else NOTHING
    if kind is date:
        try:
            return date.fromisoformat(text) if DAY.match(text) else NOTHING
        except ValueError:
            return NOTHING
    if kind is Duration:
        match = DURATION.match(text)
        unit = (match[2] or "half") if match else ""
        fits = match and 0 < int(match[1]) * MINUTES[unit] <= MOST_MINUTES
        return Duration(int(match[1]), unit) if match and fits else NOTHING  # type: ignore[arg-type]  # the pattern lists the units
    if get_origin(kind) is Literal:
        return text if text in get_args(kind) else NOTHING
    return NOTHING


def _describe(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a map"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return _quote(str(node.value)) if node.value else "nothing"


def _quote(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "…")


def _describe_kind(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if kind in PARSERS:
        return str(kind.TAKES)
    names = {
        str: "a text",
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        date: "a day: 2024-01-31",
        Duration: "a length of at most 100 years: 7 days",
    }
    return names[kind]

"""The JSON Schema of the language: committed as generated, right about catalogues, strict as the loader."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from semantic.catalogue import KINDS
from semantic.document import list_fields, read_document
from semantic.schema import FILE, build_schema, print_schema
from tests.corner_shop import CATALOGUE, run_main, spoil

HERE = Path(__file__).parent
EXAMPLES = {
    "corner shop": CATALOGUE,
    "design": (HERE / "design_example.yml").read_text("utf-8"),
    **{file.stem: file.read_text("utf-8") for file in sorted((HERE / "real").glob("*.yml"))},
}
VALIDATOR = Draft202012Validator(build_schema())


class EditorsLoader(yaml.SafeLoader):
    """Reads YAML as editors do, by version 1.2: only true and false are booleans, and a date is text."""


EditorsLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":bool"))]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for word in "tf":
    boolean = ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"))
    EditorsLoader.yaml_implicit_resolvers.setdefault(word, []).append(boolean)


def validate(text: str) -> list[str]:
    """The places at which an editor would underline the text."""
    found = VALIDATOR.iter_errors(yaml.load(text, EditorsLoader))  # a SafeLoader with fewer types
    return [".".join(map(str, error.absolute_path)) for error in found]


def test_committed_schema_is_the_generated_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Where it isn't: python -m semantic schema > semantic/metrics.schema.json"""
    assert FILE.read_text("utf-8") == print_schema()
    assert run_main(capsys, "schema") == (0, print_schema(), "")


def test_schema_is_one_of_its_draft() -> None:
    schema = build_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_map_is_closed_and_every_key_explained() -> None:
    def walk(part: Any) -> None:
        if isinstance(part, list):
            for item in part:
                walk(item)
        if not isinstance(part, dict):
            return
        if "properties" in part or "patternProperties" in part:
            assert part["additionalProperties"] is False
            assert all(value.get("description") for value in part.get("properties", {}).values())
        for value in part.values():
            walk(value)

    walk(json.loads(print_schema()))


TYPES: dict[str, type] = {kind.__name__: kind for kind in KINDS.values()}


@pytest.mark.parametrize("name", TYPES)
def test_every_kind_of_metric_has_its_keys(name: str) -> None:
    definition, fields = build_schema()["$defs"][name], list_fields(TYPES[name])
    assert list(definition["properties"]) == list(fields)
    assert definition.get("required", []) == [name for name, field in fields.items() if field.required]


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_right(name: str) -> None:
    """For an editor, and in form for the loader."""
    assert validate(EXAMPLES[name]) == []
    assert read_document(EXAMPLES[name], "metrics.yml")[1] == []


FORMULA = "basket: {sql: revenue / orders}"
RIGHT = [
    (FORMULA, "basket: {sql: revenue / orders, fill: 0, label: {en: Basket, pt-BR: Cesta}, target: orders}"),
    (FORMULA, "basket: {sql: revenue / orders, target: 0.5, label: 2024, tags: [a, b], settles: 72 hours}"),
    (FORMULA, "basket: {rolling: orders, window: 7 days, at: average}"),
    (FORMULA, "basket: {compare: revenue, offset: 1 year, as: delta}"),
    (FORMULA, "panier_moyen_é: {sql: revenue / orders}"),
    ("file: shops.csv", "file: [shops.csv, more/*.parquet]"),
    ("time: ordered_on", "time: {column: ordered_on, grain: month}"),
    ("{shop: shop_id}", "{shop: [shop_id, region]}"),
    ("segments:", "annotations:\n  - {from: 2024-03-01, title: Launch}\nsegments:"),
]
WRONG: list[tuple[str, str, str]] = [
    ("currency: EUR", "curency: EUR", ""),
    ("file: shops.csv", "fil: shops.csv", "views.shops"),
    (FORMULA, "basket: {label: Basket}", "metrics.basket"),
    (FORMULA, "basket: {sql: revenue / orders, fill: 1}", "metrics.basket.fill"),
    (FORMULA, "basket: {sql: revenue / orders, fromat: percent}", "metrics.basket"),
    (FORMULA, "basket: {sql: revenue / orders, better: high}", "metrics.basket.better"),
    (FORMULA, "basket: {sql: revenue / orders, window: 7 days}", "metrics.basket"),
    (FORMULA, "basket: {rolling: revenue, window: 7}", "metrics.basket.window"),
    (FORMULA, "basket: {rolling: revenue}", "metrics.basket"),
    (FORMULA, "basket: {rolling: revenue, window: 7 dayz}", "metrics.basket.window"),
    (FORMULA, "basket: {conversion: orders, by: contact}", "metrics.basket.conversion"),
    (FORMULA, "basket: {sql: revenue / orders, min_base: many}", "metrics.basket.min_base"),
    (FORMULA, "basket: {sql: [revenue]}", "metrics.basket.sql"),
    (FORMULA, "2basket: {sql: revenue / orders}", "metrics"),
    ("exclusive: true", "exclusive: yes", "families.place.exclusive"),
    ("city: City", "city: {label: {english: City}}", "views.contacts.dimensions.city"),
    ("city: City", "city: [City]", "views.contacts.dimensions.city"),
    ("segments:", "annotations:\n  - {from: 1 March, title: Launch}\nsegments:", "annotations.0.from"),
    ("segments:", "week_start: someday\nsegments:", "week_start"),
]


@pytest.mark.parametrize(("old", "new"), RIGHT, ids=[new[:70] for _, new in RIGHT])
def test_right_catalogue(old: str, new: str) -> None:
    text = spoil(old, new)
    assert (validate(text), read_document(text, "metrics.yml")[1]) == ([], [])


@pytest.mark.parametrize(("old", "new", "place"), WRONG, ids=[new[:70] for _, new, _ in WRONG])
def test_wrong_catalogue(old: str, new: str, place: str) -> None:
    """What an editor underlines, the loader refuses."""
    text = spoil(old, new)
    assert validate(text) == [place]
    assert read_document(text, "metrics.yml")[1] != []


def test_every_default_is_one_that_the_schema_takes() -> None:
    check: Callable[[Any], None] = Draft202012Validator.check_schema
    for definition in build_schema()["$defs"].values():
        for value in definition.get("properties", {}).values():
            check(value)
            if "default" in value and "$ref" not in value:
                assert list(Draft202012Validator(value).iter_errors(value["default"])) == []

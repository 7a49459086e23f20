"""The house rules that no other tool holds: contracts, pages, the gate, files, exceptions with reasons, the theme."""

import ast
import os
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import streamlit

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TOOLS = PROJECT["tool"]
THEMES = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]


def list_files() -> list[Path]:
    """Every file that is tracked or would be: what git ignores is somebody's own."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode and not os.environ.get("CI"):
        pytest.skip("a folder that is no git checkout has no list of files to check", allow_module_level=True)
    listed.check_returncode()
    names = {name for name in listed.stdout.decode().split("\0") if name}
    return sorted(path for name in names if (path := ROOT / name).is_file())


FILES = list_files()
MODULES = [path for path in FILES if path.suffix == ".py"]
PACKAGES = {path.relative_to(ROOT).parts[0] for path in MODULES if path.parent != ROOT} - {"tests"}
PHASES = {
    path.relative_to(ROOT).parts[1].removesuffix(".py") for path in MODULES if (ROOT / "semantic") in path.parents
}
PAGES = [path for path in MODULES if path.parent == ROOT / "pages" or path == ROOT / "Home.py"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- the import contracts and the type checker see everything


def test_contracts_name_every_package() -> None:
    """A new package comes with its place in the layers, or this fails."""
    rules = TOOLS["importlinter"]
    layers = next(contract["layers"] for contract in rules["contracts"] if contract["type"] == "layers")
    assert set(rules["root_packages"]) == PACKAGES
    assert {name for layer in layers for name in re.split(r"\s*[|:]\s*", layer)} == PACKAGES


def test_type_checker_reads_every_package() -> None:
    assert set(TOOLS["mypy"]["files"]) == PACKAGES | {"tests", "Home.py"}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_pages_import_only_widgets_and_the_public_face(path: Path) -> None:
    """Beside Streamlit and Python itself a page knows `widgets...` and names of `semantic`, never a module inside it.

    lint-imports holds most of this for `pages`, but it can't see Home.py, which is a file and no package.
    """
    allowed = {"streamlit", "widgets", "semantic", *sys.stdlib_module_names}
    imported = list(list_imports(ast.parse(path.read_text(encoding="utf-8"))))
    foreign = [name for name in imported if name.partition(".")[0] not in allowed]
    inner = [name for name in imported if re.match(r"semantic\.\w+", name) and name.split(".")[1] in PHASES]
    assert (foreign, inner) == ([], [])


def list_imports(tree: ast.Module) -> Iterator[str]:
    """Every imported name in full: `from semantic import ask` is `semantic.ask`; a relative one begins with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


# --- one gate, and versions that are all written down


def test_gate_is_the_same_everywhere() -> None:
    """README shows, between ```gate and ```, what `make test` runs; CI runs `make test`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = [re.search(rf"^{name}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE) for name in ("check", "test")]
    gate = "".join(recipe[1].replace("\t", "") for recipe in recipes if recipe)
    assert gate.count("\n") == 5
    shown = re.search(
        r"^```gate\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert shown, "README.md: no ```gate block was found. One with the lines of `check` and `test` would do."
    assert shown[1] == gate
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").endswith("\nexport CI=true\nexec make test\n")
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_every_dependency_is_pinned() -> None:
    pins = [
        line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    pinned = {fold_name(line.partition("==")[0]) for line in pins}
    asked = chain(PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values())
    assert {fold_name(re.split(r"[\[<>=~!; ]", line)[0]) for line in asked} <= pinned


def fold_name(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


# --- the files


def test_no_file_is_above_a_megabyte() -> None:
    assert [name_of(path) for path in FILES if path.stat().st_size > 1_000_000] == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a registry", r"https?://[^\s/]*(pypi|pythonhosted|npmjs|artifactory|devpi|nexus|registry|mirror)[^\s/]*"),
        ("an index of packages", r"--?(extra-)?(index-url|find-links|trusted-host)\b"),
        ("a folder of one machine", r"(?<![\w.:/~$}{*-])/(home|Users|root|work|workspace|srv|opt)/\w"),
    ],
)
def test_no_file_names(what: str, pattern: str) -> None:
    """What is true on one machine alone has no place in a repository."""
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path in FILES
        if path != Path(__file__) and (text := read_text(path))
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == [], what


def read_text(path: Path) -> str:
    """The text of a file, nothing of a picture."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_begins_with_one_line_of_what_it_holds(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert re.fullmatch(r'r?"""[^"].{9,}[^"\s]"""', first)


# --- an exception to a tool carries its reason on its line


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_silenced_lines_say_why(path: Path) -> None:
    """`# type: ignore[attr-defined]  # sqlglot's stubs lack it`: the code, then a reason."""
    with path.open("rb") as lines:
        comments = [
            (token.start[0], token.string)
            for token in tokenize.tokenize(lines.readline)
            if token.type == tokenize.COMMENT
        ]
    silenced = re.compile(r"#\s*(noqa|type:\s*ignore|ruff:\s*noqa|mypy:|pragma:)", re.IGNORECASE)
    reasoned = re.compile(r"# (noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])  # \S.{9,}")
    assert [(line, text) for line, text in comments if silenced.match(text) and not reasoned.fullmatch(text)] == []


def test_switched_off_rules_say_why() -> None:
    """Each ignored rule of ruff, import and missing type in pyproject.toml has its reason behind it."""
    exceptions = re.compile(r'^\s*("[A-Z]+[0-9]+",|"[^"]+" = \[.*\]|ignore_\w+ = |disable_\w+ = |allow_\w+ = )(.*)$')
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = [found for line in text.splitlines() if (found := exceptions.match(line))]
    assert len(lines) >= 3
    assert [found[0] for found in lines if "# " not in found[2]] == []


# --- the theme


def test_every_option_of_streamlit_exists() -> None:
    """Streamlit only logs an unknown option, and goes on without it."""
    options = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    for name in flatten_names(options):
        streamlit.get_option(name)


def flatten_names(section: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in section.items():
        if isinstance(value, dict):
            yield from flatten_names(value, f"{prefix}{key}.")
        else:
            yield prefix + key


@pytest.mark.parametrize("name", ["light", "dark"])
def test_theme_is_readable(name: str) -> None:
    """WCAG's 4.5:1 for text and 3:1 for marks, on the page and on the sidebar."""
    theme = THEMES[name]
    page, side = theme["backgroundColor"], theme["secondaryBackgroundColor"]
    caption = mix_colours(theme["textColor"], page, 0.6)  # Streamlit draws captions and hints at 60 %
    texts = [(theme[key], back) for key in ("textColor", "linkColor") for back in (page, side)]
    texts += [(caption, page), ("#FFFFFF", theme["primaryColor"])]
    for colour in ("blue", "orange", "yellow", "green", "red", "violet", "gray"):
        texts += [(theme[f"{colour}TextColor"], back) for back in (page, side, theme[f"{colour}BackgroundColor"])]
    marks = [(colour, page) for colour in [*theme["chartCategoricalColors"], theme["primaryColor"]]]
    assert [pair for pair in texts if contrast(*pair) < 4.5] == []
    assert [pair for pair in marks if contrast(*pair) < 3] == []


@pytest.mark.parametrize(("name", "direction"), [("light", -1), ("dark", 1)])
def test_heat_map_stands_out_where_it_is_high(name: str, direction: int) -> None:
    """The ten steps that Streamlit asks for; they darken on white and lighten on black."""
    steps = [direction * luminance(colour) for colour in THEMES[name]["chartSequentialColors"]]
    assert len(steps) == len(THEMES[name]["chartDivergingColors"]) == 10
    assert steps == sorted(set(steps))


def split_colour(colour: str) -> list[float]:
    """`#RRGGBB` as three numbers from 0 to 1."""
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def mix_colours(front: str, back: str, share: float) -> str:
    mixed = [share * f + (1 - share) * b for f, b in zip(split_colour(front), split_colour(back), strict=True)]
    return "#" + "".join(f"{round(255 * part):02X}" for part in mixed)


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in split_colour(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(front: str, back: str) -> float:
    """Contrast ratio by WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted([luminance(front), luminance(back)])
    return (lighter + 0.05) / (darker + 0.05)

"""README against the disk: its tree has all files and their first lines. Run this file to rewrite the tree."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```tree\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLAIN = {
    "Home.py": "",
    "pages/": "One thin file a page, never imported: title, controls, question, answer.",
    "widgets/": "",
    "semantic/": "",
    "data/": "",
    "metrics.yml": "The catalogue of the demo company.",
    "boards.yml": "Its boards.",
    "tests/": "What holds: golden/ questions with SQL and rows, real/ catalogues of real data, browser/ journeys.",
    "benchmarks/": "",
    "scripts/": "",
    "Makefile": "make run, make test, make setup, make check.",
    "pyproject.toml": "Dependencies, tools and import contracts.",
    "constraints.txt": "The versions that all of it was tested with.",
    ".ci/": "What continuous integration runs.",
    ".streamlit/": "Theme and settings of the app.",
}
OPENED = ("pages", "widgets", "semantic")


def read_sentence(path: Path) -> str:
    """The first line of a module's docstring, or of its package's."""
    file = path / "__init__.py" if path.is_dir() else path
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.splitlines()[0]


def render_tree() -> str:
    """The tree as README shows it."""
    lines = []
    for name, sentence in PLAIN.items():
        lines.append(f"{name:<22}{sentence or read_sentence(ROOT / name.rstrip('/'))}")
        folder = ROOT / name.rstrip("/")
        if name.rstrip("/") in OPENED:
            inside = sorted(item for item in folder.iterdir() if is_code(item) and item.name != "__init__.py")
            for item in inside:
                shown = f"  {item.name}{'/' if item.is_dir() else ''}"
                lines.append(f"{shown:<22}{read_sentence(item)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def is_code(path: Path) -> bool:
    return path.suffix == ".py" or (path / "__init__.py").is_file()


def test_the_tree_is_that_of_the_disk() -> None:
    """A file that is new, gone or about something else shows in README."""
    shown = BLOCK.search(README.read_text(encoding="utf-8"))
    assert shown, "README.md has no ```tree block"
    assert shown[1] == render_tree(), "python tests/test_readme.py rewrites the tree"


def test_everything_at_the_top_is_in_the_tree() -> None:
    """No folder or file of the top is left out."""
    hidden = {".git", ".venv", ".gitignore", "README.md", "LICENSE"}
    names = {item.name for item in ROOT.iterdir() if not item.name.endswith(("_cache", ".egg-info", "__pycache__"))}
    assert {name.rstrip("/") for name in PLAIN} <= names
    extra = {name for name in names - hidden if (ROOT / name).is_dir() and any((ROOT / name).glob("*.py"))}
    assert extra <= {name.rstrip("/") for name in PLAIN}


def write_tree() -> None:
    """README with the tree of the disk."""
    text = README.read_text(encoding="utf-8")
    block = f"```tree\n{render_tree()}```"
    README.write_text(BLOCK.sub(lambda _: block, text), encoding="utf-8")


if __name__ == "__main__":
    write_tree()

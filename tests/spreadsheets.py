"""XLSX files as tests read them: each sheet's cells by their places, text apart from numbers, and what is a formula."""

import io
import re
from dataclasses import dataclass
from xml.etree import ElementTree
from zipfile import ZipFile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Cell = str | float | bool | None


@dataclass(frozen=True)
class Sheet:
    """A sheet: its rows, empty cells as None, and the number format of each cell."""

    rows: list[list[Cell]]
    formats: list[list[str]]
    formulas: int
    frozen: int  # rows above the line that don't scroll


def read_workbook(data: bytes) -> dict[str, Sheet]:
    """The sheets by their names, in their order."""
    with ZipFile(io.BytesIO(data)) as file:
        texts = [
            "".join(text.text or "" for text in item.iter(f"{MAIN}t"))
            for item in ElementTree.fromstring(file.read("xl/sharedStrings.xml"))
        ]
        styles = ElementTree.fromstring(file.read("xl/styles.xml"))
        custom = {node.get("numFmtId"): node.get("formatCode") or "" for node in styles.iter(f"{MAIN}numFmt")}
        cells = styles.find(f"{MAIN}cellXfs")
        assert cells is not None
        formats = [custom.get(node.get("numFmtId"), node.get("numFmtId") or "") for node in cells]
        book = ElementTree.fromstring(file.read("xl/workbook.xml"))
        names = [node.get("name") or "" for node in book.iter(f"{MAIN}sheet")]
        return {
            name: _read_sheet(ElementTree.fromstring(file.read(f"xl/worksheets/sheet{place}.xml")), texts, formats)
            for place, name in enumerate(names, 1)
        }


def _read_sheet(root: ElementTree.Element, texts: list[str], formats: list[str]) -> Sheet:
    rows: list[list[Cell]] = []
    shown: list[list[str]] = []
    for row in root.iter(f"{MAIN}row"):
        while len(rows) < int(row.get("r") or 0):
            rows.append([])
            shown.append([])
        for cell in row:
            place = _count_column(cell.get("r") or "")
            rows[-1] += [None] * (place + 1 - len(rows[-1]))
            shown[-1] += [""] * (place + 1 - len(shown[-1]))
            rows[-1][place] = _read_cell(cell, texts)
            shown[-1][place] = formats[int(cell.get("s") or 0)]
    pane = next(root.iter(f"{MAIN}pane"), None)
    frozen = int(pane.get("ySplit") or 0) if pane is not None else 0
    return Sheet(rows, shown, sum(1 for _ in root.iter(f"{MAIN}f")), frozen)


def _read_cell(cell: ElementTree.Element, texts: list[str]) -> Cell:
    value = cell.find(f"{MAIN}v")
    if value is None or value.text is None:
        return None
    if cell.get("t") == "s":
        return texts[int(value.text)]
    return value.text == "1" if cell.get("t") == "b" else float(value.text)


def _count_column(reference: str) -> int:
    """`B7` is 1."""
    place = 0
    for letter in re.sub(r"\d", "", reference):
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1

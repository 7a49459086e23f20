"""What pictures look like outside the browser: the app's light theme, a font that is there on every machine."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

CONFIG = Path(__file__).parents[2] / ".streamlit/config.toml"
FAMILY = "Inter, 'Liberation Sans', Arial, sans-serif"
GRAY = "#8A94A3"  # what Streamlit makes of `gray`: marks without a colour of their own
GRID = "#E3E7ED"


@cache
def read_theme() -> dict[str, Any]:
    """The light theme of the app, by the names of Streamlit's settings."""
    with CONFIG.open("rb") as file:
        found: dict[str, Any] = tomllib.load(file)["theme"]["light"]
    return found


@cache
def find_font() -> Path:
    """The file of the font, which has Latin, Cyrillic, arrows and the signs of currencies."""
    import fontpkg

    return Path(fontpkg.path("Inter"))


def dress_spec(spec: dict[str, Any], rows: list[dict[str, Any]], width: float, height: float | None) -> str:
    """A chart's spec with its rows, as JSON: in the app's light colours, and as wide as asked.

    `height` is that of the plot, its axes and legends included, where the rows don't decide on it.
    """
    text = json.dumps(spec).replace("containerSize()[0]", str(width)).replace('"gray"', f'"{GRAY}"')
    dressed: dict[str, Any] = json.loads(text)
    config = _write_config()
    for key, found in dressed["config"].items():
        config[key] = {**config[key], **found} if key in config else found
    dressed |= {"width": width, "datasets": {"source": rows}, "config": config}
    if height:
        dressed["height"] = height
    return json.dumps(dressed, default=str)


def _write_config() -> dict[str, Any]:
    """Vega's settings that say what Streamlit's do in the browser."""
    theme = read_theme()
    label = {"labelColor": theme["grayTextColor"], "titleColor": theme["grayTextColor"]}
    axis = {"ticks": False, "domain": False, "gridColor": GRID, "labelFontSize": 12, "labelLimit": 100}
    flush = {"labelFlush": True, "labelFlushOffset": 1, "labelBound": False, "labelOverlap": True, "labelPadding": 12}
    plain = {"grid": False}
    return {
        "font": FAMILY,
        "background": "transparent",
        "axis": {**label, **axis, **flush},
        "axisDiscrete": plain,
        "axisTemporal": plain,
        "axisXBand": plain,
        "axisXPoint": plain,
        "bar": {"discreteBandSize": {"band": 0.85}},
        "header": label,
        "legend": {**label, "labelFontSize": 12},
        "mark": {"color": theme["chartCategoricalColors"][0]},
        "range": {
            "category": theme["chartCategoricalColors"],
            "diverging": theme["chartDivergingColors"],
            "heatmap": theme["chartSequentialColors"],
            "ramp": theme["chartSequentialColors"],
        },
        "style": {"group-title": {"fill": theme["textColor"]}},
        "view": {"stroke": "transparent"},
    }

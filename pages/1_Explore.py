"""Explore: choose metrics, slices, filters and a period; the page's address is the question."""

from widgets.explore import draw_explore
from widgets.page import open_page

with open_page("Explore") as source:
    draw_explore(source)

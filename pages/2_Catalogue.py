"""Catalogue: every KPI's definition, formula, SQL, slices and lineage; the address holds the search."""

from widgets.library import draw_library
from widgets.page import open_page

with open_page("Catalogue") as source:
    draw_library(source)

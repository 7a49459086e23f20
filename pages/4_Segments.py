"""Segments: sizes, movement and overlap of any group of segments on one screen; the address holds what is shown."""

from widgets.page import open_page
from widgets.segments import draw_segments

with open_page("Segments") as source:
    draw_segments(source)

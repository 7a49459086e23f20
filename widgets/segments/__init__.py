"""The Segments page's parts: what there is to look at, its address, the ranked table, movement and overlap."""

from widgets.segments.page import draw_segments as draw_segments

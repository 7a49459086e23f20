"""Home: what this is, the headline KPIs, where to go."""

from widgets.home import draw_headlines, draw_own_boards, draw_ways, draw_welcome
from widgets.page import open_page

with open_page("Home") as source:
    draw_welcome(source)
    draw_own_boards()
    draw_headlines(source)
    draw_ways(source)

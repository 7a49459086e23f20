"""Boards: the boards of boards.yml, each with one bar of filters, which is in the address."""

from widgets.boards import draw_boards
from widgets.page import open_page

with open_page("Boards") as source:
    draw_boards(source)

"""The Boards page's parts: which board, its bar of filters, its tiles."""

from widgets.boards.page import draw_boards

__all__ = ["draw_boards"]

"""Exports: an answer or a whole board as a file for Excel, PowerPoint, print or a page: reports, and their writers."""

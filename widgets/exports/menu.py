"""The Download menus: of one answer, made when it's clicked; of a whole board, made with progress and then saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from widgets.exports.report import Report, Tell, name_file
from widgets.messages import guard_body
from widgets.words import later, say

ICON = ":material/download:"
ASKED = 0.3  # of the bar, once all answers are there
Write = Callable[[Report, Tell], bytes]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its name on the button, its ending, its media type and what writes it."""

    label: str
    icon: str
    ending: str
    mime: str
    write: Write


def _write_workbook(report: Report, tell: Tell) -> bytes:
    from widgets.exports.sheets import write_workbook

    return write_workbook(report, tell)


def _write_pdf(report: Report, tell: Tell) -> bytes:
    from widgets.exports.paper import write_pdf

    return write_pdf(report, tell)


def _write_slides(report: Report, tell: Tell) -> bytes:
    from widgets.exports.slides import write_slides

    return write_slides(report, tell)


def _write_png(report: Report, tell: Tell) -> bytes:
    from widgets.exports.pictures import write_png

    return write_png(report)


def _write_svg(report: Report, tell: Tell) -> bytes:
    from widgets.exports.pictures import write_svg

    return write_svg(report).encode()


SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXCEL = Kind(later("Excel"), ":material/table:", "xlsx", SHEETS, _write_workbook)
PNG = Kind("PNG", ":material/image:", "png", "image/png", _write_png)
SVG = Kind("SVG", ":material/shape_line:", "svg", "image/svg+xml", _write_svg)
PDF = Kind("PDF", ":material/picture_as_pdf:", "pdf", "application/pdf", _write_pdf)
DECK = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
SLIDES = Kind("PowerPoint", ":material/slideshow:", "pptx", DECK, _write_slides)
BOARD_KINDS = (EXCEL, PDF, SLIDES)


def draw_answer_files(report: Report, key: str) -> None:
    """A button for each kind of file of one answer, which is written when it is clicked. `report` has it alone."""
    (part,) = report.parts
    assert part.drawing, "files are of an answer"
    answer = part.drawing.answer
    with st.container(horizontal=True, gap="xsmall"):
        st.download_button(
            "CSV",
            data=lambda: answer.to_csv().encode("utf-8-sig"),
            file_name=name_file(report.title, "csv"),
            mime="text/csv",
            on_click="ignore",
            icon=ICON,
            key=f"{key}.csv",
            help=say("The whole answer, full values"),
        )
        for kind in (EXCEL,) if part.shown in ("table", "none") else (EXCEL, PNG, SVG):
            st.download_button(
                say(kind.label),
                data=partial(kind.write, report, lambda share: None),
                file_name=name_file(report.title, kind.ending),
                mime=kind.mime,
                on_click="ignore",
                icon=kind.icon,
                key=f"{key}.{kind.ending}",
            )


@st.fragment
def draw_board_files(make: Callable[[Tell], Report], stamp: str, key: str) -> None:
    """A menu of the files of a whole board: each is made with progress, and then there to be saved.

    `make` makes the report; `stamp` says what it's of, so that what was made of something else isn't offered.
    """
    with st.popover(say("Download"), icon=ICON, key=key, on_change="rerun") as menu:
        if not menu.open:
            return
        st.markdown(say("The whole board, with its filters as they are now."))
        with st.container(horizontal=True, gap="xsmall"):
            clicked = [st.button(say(kind.label), icon=kind.icon, key=f"{key}.{kind.ending}") for kind in BOARD_KINDS]
        with guard_body():
            for kind, asked in zip(BOARD_KINDS, clicked, strict=True):
                if asked:
                    st.session_state[f"{key}.made"] = (stamp, kind, *_make_file(make, kind))
            made = st.session_state.get(f"{key}.made")
            if made and made[0] != stamp:
                del st.session_state[f"{key}.made"]
            elif made:
                _, kind, title, data = made
                st.download_button(
                    say("Save {file} ({size})", file=name_file(title, kind.ending), size=_tell_size(len(data))),
                    data=data,
                    file_name=name_file(title, kind.ending),
                    mime=kind.mime,
                    on_click="ignore",
                    icon=":material/save:",
                    type="primary",
                    key=f"{key}.save",
                )


def _make_file(make: Callable[[Tell], Report], kind: Kind) -> tuple[str, bytes]:
    """The title and bytes of a file, with a bar that tells how much of it is made: the answers first, then the file."""
    asking, writing = say("Asking …"), say("Writing …")
    bar = st.progress(0.0, text=asking)

    def tell_asked(share: float) -> None:
        bar.progress(share * ASKED, text=asking)

    def tell_written(share: float) -> None:
        bar.progress(ASKED + share * (1 - ASKED), text=writing)

    report = make(tell_asked)
    data = kind.write(report, tell_written)
    bar.empty()
    return report.title, data


def _tell_size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def find_base() -> str:
    """The address of the app, as the browser has it: `https://kpis.example.com`."""
    return (st.context.url or "").partition("?")[0].rstrip("/").rpartition("/")[0]

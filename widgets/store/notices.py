"""What a person is told of the browser's store: what isn't saved, what couldn't be read, what two tabs changed."""

from __future__ import annotations

import streamlit as st

from widgets.store.browser import find_kept
from widgets.store.document import Stored
from widgets.store.files import print_file
from widgets.store.kept import Kept
from widgets.texts import escape_markdown
from widgets.words import later, say

TROUBLES = {
    "quota": later(
        "**Not saved: the browser's store is full.** What was changed is here until this tab is closed. "
        "Download it, or delete a board."
    ),
    "blocked": later(
        "**This browser keeps nothing for this site.** Boards made now are here until this tab is closed. "
        "Download them to keep them."
    ),
    "newer": later(
        "**The boards in this browser were saved by a newer version of this app,** and are left as they are. "
        "Boards made now are here until this tab is closed."
    ),
}


def draw_notices() -> None:
    """What is to be known of the store, until it's dismissed; nothing where all is well."""
    kept = find_kept()
    if kept.trouble and (kept.stored != Stored() or kept.trouble == "newer") and kept.trouble not in kept.dismissed:
        _draw_notice(say(TROUBLES[kept.trouble]), kept.trouble, print_file(kept.stored), say("Download your boards"))
    if kept.faults and "broken" not in kept.dismissed:
        told = say("**What this browser kept couldn't be read in full.** What could is here, the whole is set aside.")
        faults = "".join(f"\n- {escape_markdown(fault)}" for fault in kept.faults[:5])
        _draw_notice(f"{told}\n{faults}", "broken", kept.broken, say("Download what was there"))
    for name, copy in kept.copies:
        entry = kept.stored.boards.get(name) or kept.stored.boards.get(copy)
        label = name_board(entry.value if entry else None)
        told = say(
            "**{name} was changed in two tabs at once.** Both are kept: this tab's change is in a copy.",
            name=escape_markdown(label),
        )
        _draw_notice(told, copy, None, "")


def name_board(value: object) -> str:
    """The label of a kept board, as far as it has one."""
    label = value.get("label") if isinstance(value, dict) else None
    if isinstance(label, dict):
        label = next((text for text in label.values() if isinstance(text, str)), None)
    return label if isinstance(label, str) and label.strip() else say("Board without a name")


def _draw_notice(told: str, name: str, text: str | None, button: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"notice_{name}"):
        st.warning(told, icon=":material/save:", width="stretch")
        if text is not None:
            data = text.encode()
            st.download_button(button, data, "boards.json", "application/json", key=f"save_{name}", on_click="ignore")
        st.button(say("Understood"), key=f"understood_{name}", on_click=_dismiss, args=(name,))


def _dismiss(name: str) -> None:
    kept: Kept = find_kept()
    kept.dismissed.add(name)
    kept.copies = [pair for pair in kept.copies if pair[1] != name]

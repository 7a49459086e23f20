"""The browser's store, mounted on each page: a component that reads and writes localStorage, and the session's half."""

# The component answers only once a session, after a write that couldn't be done, and when another tab wrote. A write is
# done only where the browser still holds what both sides know, so that no other tab's change is written over.

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from widgets.store.document import MOST_CHARACTERS, Json, Stored, put_entry
from widgets.store.kept import Kept
from widgets.words import say

KEPT, SNAP = "crosscut.kept", "browser_store"  # in the session: what it holds; the component's state
_JS = """
export default function ({ data, setStateValue }) {
  const tabs = (globalThis.crosscutStores ??= {})
  const key = data.key
  const read = () => {
    try { return localStorage.getItem(key) } catch (blocked) { return undefined }
  }
  let tab = tabs[key]
  if (!tab || tab.session !== data.session) {
    if (tab) window.removeEventListener("storage", tab.listen)
    tab = tabs[key] = { session: data.session, sent: 0, saw: 0, seq: 0, common: null, told: null, failed: "",
      broken: null }
    tab.tell = (err) => {
      const raw = read() ?? null
      const long = raw !== null && raw.length > data.most
      tab.sent += 1
      tab.raw = raw
      tab.at = Date.now()
      tab.told = {
        n: tab.sent, saw: tab.saw, err: err || (long ? "oversized" : ""), raw: long ? null : raw, base: tab.common,
      }
      tab.answer("snap", tab.told)
    }
    tab.listen = (event) => {
      if (event.storageArea !== localStorage || (event.key !== null && event.key !== key)) return
      if (read() !== (tab.told ? tab.raw : tab.common)) tab.tell("")
    }
    window.addEventListener("storage", tab.listen)
    tab.fresh = true
  }
  tab.answer = setStateValue
  const fail = (err) => {
    if (tab.failed !== err) { tab.failed = err; tab.tell(err) }
  }
  if (tab.told && data.saw === tab.sent) {  // the session has taken in what it was told
    if (data.aside === tab.sent) tab.broken = tab.raw
    tab.common = tab.raw
    tab.saw = tab.sent
    tab.told = null
  } else if (tab.told && Date.now() - tab.at > 1500) {  // it was told while a page changed, and nobody heard it
    tab.at = Date.now()
    tab.answer("snap", tab.told)
  }
  if (tab.fresh) {
    tab.fresh = false
    const found = read()
    if (found === undefined) fail("blocked")
    else if (found !== null) tab.tell("")
  }
  if (data.needed && tab.sent === 0) tab.tell("")
  if (data.write !== null && data.seq > tab.seq) {
    tab.seq = data.seq
    if (data.saw < tab.sent) return  // the session will merge what it is told, and write again
    const found = read()
    if (found === undefined) fail("blocked")
    else if (found !== tab.common) tab.tell("")
    else {
      try {
        if (found !== null && found === tab.broken) setAside(key, found)
        localStorage.setItem(key, data.write)
        tab.common = data.write
        if (tab.failed) { tab.failed = ""; tab.tell("") }
      } catch (full) {
        tab.common = localStorage.getItem(key)  // nothing, where it was moved aside and the new text has no room
        fail("quota")
      }
    }
  }
}

function setAside(key, found) {  // moved and not copied, as two may be more than there is room for
  let name = key + ".broken"
  for (let number = 2; localStorage.getItem(name) !== null; number += 1) name = key + ".broken" + number
  localStorage.removeItem(key)
  try { localStorage.setItem(name, found) } catch (full) {
    localStorage.setItem(key, found)
    throw full
  }
}
"""
_mount = st.components.v2.component("crosscut_store", js=_JS)


def open_store(name: str, needed: bool = False) -> None:
    """Mounts the store of a catalogue; `needed` where the page waits for what is in it. Once a run, before the page."""
    kept = find_kept()
    _mount(
        key=SNAP,
        data={
            "key": f"crosscut.v1/{name}",
            "session": kept.session,
            "saw": kept.saw,
            "seq": kept.seq,
            "write": kept.write,
            "aside": kept.aside,
            "most": MOST_CHARACTERS,
            "needed": needed,
        },
        on_snap_change=_hear,
        width="content",
        height="content",
    )


def find_kept() -> Kept:
    """What this session holds of the store."""
    kept: Kept = st.session_state.setdefault(KEPT, Kept())
    return kept


def change_store(change: Callable[[Stored], Stored]) -> None:
    """Makes what is kept what `change` makes of it; called in callbacks, which run before the store is mounted."""
    kept = find_kept()
    kept.change(change(kept.stored))


def _hear() -> None:
    snap = st.session_state[SNAP].get("snap")
    if not isinstance(snap, Mapping):
        return
    kept = find_kept()
    known = len(kept.copies)
    kept.hear(snap)
    for _, copy in kept.copies[known:]:  # of a board that was changed in two tabs
        value = kept.stored.boards[copy].value
        change_store(partial(put_entry, section="boards", name=copy, value=_label_copy(value)))


def _label_copy(value: Json) -> Json:
    """The board under another label, in each of its languages."""
    label = value.get("label") if isinstance(value, dict) else None
    if isinstance(label, str):
        return {**value, "label": say("{name} (copy)", name=label)}
    if isinstance(label, dict):
        return {**value, "label": {key: say("{name} (copy)", name=text) for key, text in label.items()}}
    return value

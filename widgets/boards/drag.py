"""Tiles that are dragged to another place: a component without a picture, on the tiles that are there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

DROPPED = "drag_tiles"
# One message a drop: which tile, onto which, and the state of the board that they were seen in. Listeners stand on the
# document, since Streamlit makes the tiles anew, and only for as long as the component is there.
_JS = """
export default function ({ data, setTriggerValue }) {
  const tiles = () => [...document.querySelectorAll('[class*="st-key-arranged_"]')]
  const find = (element) => element?.closest?.('[class*="st-key-arranged_"]')
  const place = (tile) => Number([...tile.classList].find((c) => c.startsWith("st-key-arranged_"))?.slice(16))
  const clear = () => tiles().forEach((tile) => { tile.style.outline = ""; tile.style.opacity = "" })
  const ready = () => tiles().forEach((tile) => {
    const grip = tile.querySelector('[class*="st-key-grip_"]')
    if (grip && !grip.draggable) { grip.draggable = true; grip.style.cursor = "grab" }
  })
  let held = null
  const start = (event) => {
    const grip = event.target.closest?.('[class*="st-key-grip_"]')
    held = grip && find(grip)
    if (!held) return
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", "")
    event.dataTransfer.setDragImage(held, 20, 20)
    requestAnimationFrame(() => { if (held) held.style.opacity = "0.5" })
  }
  const over = (event) => {
    const tile = find(event.target)
    if (!held || !tile) return
    event.preventDefault()
    tiles().forEach((one) => { one.style.outline = "" })
    if (tile !== held) tile.style.outline = "2px solid var(--st-primary-color, #12436D)"
  }
  const drop = (event) => {
    const tile = find(event.target)
    if (!held || !tile) return
    event.preventDefault()
    const [from, to] = [place(held), place(tile)]
    held = null
    clear()
    if (from !== to) setTriggerValue("dropped", { from, to, state: data.state })
  }
  const end = () => { held = null; clear() }
  const watcher = new MutationObserver(ready)
  watcher.observe(document.body, { childList: true, subtree: true })
  ready()
  const events = { dragstart: start, dragover: over, drop, dragend: end }
  for (const [name, heard] of Object.entries(events)) document.addEventListener(name, heard)
  return () => {
    watcher.disconnect()
    for (const [name, heard] of Object.entries(events)) document.removeEventListener(name, heard)
  }
}
"""
_mount = st.components.v2.component("crosscut_drag", js=_JS)


def watch_drops(state: str, move: Callable[[int, int], None]) -> None:
    """Calls `move` with the places of the tile that is dragged and of the one that it's dropped on.

    A drop that was seen in another `state` of the board is none, as its places would be others.
    """

    def hear() -> None:
        dropped = st.session_state[DROPPED].get("dropped")
        if isinstance(dropped, Mapping) and dropped.get("state") == state:
            places = dropped.get("from"), dropped.get("to")
            if isinstance(places[0], int | float) and isinstance(places[1], int | float):
                move(int(places[0]), int(places[1]))

    _mount(key=DROPPED, data={"state": state}, on_dropped_change=hear, width="content", height="content")

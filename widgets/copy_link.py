"""A button that copies the canonical line of the page as a link."""

from __future__ import annotations

import streamlit as st

from widgets.words import say

_HTML = """<button type="button"><span class="text"></span></button>
<span class="said" role="status"></span>
"""
_CSS = """
button {
  font: inherit; font-size: 0.875rem; line-height: 1.5; cursor: pointer; white-space: nowrap;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 0.375rem);
  padding: 0.4rem 0.75rem; min-height: 2.5rem;
}
button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
# A page that isn't served over https has no clipboard, hence the text area. The line is text and never becomes markup.
_JS = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  const text = parentElement.querySelector(".text")
  const said = parentElement.querySelector(".said")
  const words = data.words
  text.textContent = words.copy
  const copy = async (link) => {
    try {
      await navigator.clipboard.writeText(link)
      return true
    } catch (refused) {
      const area = document.createElement("textarea")
      area.value = link
      area.style.position = "fixed"
      area.style.opacity = "0"
      document.body.appendChild(area)
      area.select()
      let copied = false
      try { copied = document.execCommand("copy") } catch (unable) { copied = false }
      area.remove()
      return copied
    }
  }
  button.onclick = async () => {
    const link = location.origin + location.pathname + (data.line ? "?" + data.line : "")
    const copied = await copy(link)
    text.textContent = copied ? words.copied : words.failed
    said.textContent = copied ? words.told : words.refused
    setTimeout(() => { text.textContent = words.copy; said.textContent = "" }, 2500)
  }
}
"""
_mount = st.components.v2.component("crosscut_copy_link", html=_HTML, css=_CSS, js=_JS)


def draw_copy_link(line: str, key: str) -> None:
    """The button; `line` is the line of what is shown, which the address holds in the browser's encoding."""
    words = {
        "copy": say("Copy link"),
        "copied": say("Copied"),
        "failed": say("Not copied"),
        "told": say("The link is copied"),
        "refused": say("The browser didn't let the link be copied"),
    }
    _mount(data={"line": line, "words": words}, key=key, width="content", height="content")

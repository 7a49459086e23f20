"""A whole board <-> the part of a link that holds it: JSON, packed; what arrives is judged, never trusted."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib

from widgets.store.document import MOST_OF_ENTRY, Json, Unfit, check_value, parse_json

MOST_OF_LINK = 8_000  # characters, which chats and mail programs let through
MOST_PACKED = 20_000  # of somebody else's link
CODE = re.compile(r"[A-Za-z0-9_-]+\Z")


def pack_board(value: Json) -> str:
    """`1.` and the board: compact JSON, deflated, in the letters that an address takes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    packed = zlib.compress(text.encode(), 9)
    return "1." + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack_board(code: str) -> Json:
    """The board of a link. Raises Unfit, whatever the text; unpacks no more than a board may hold."""
    version, _, packed = code.partition(".")
    if version != "1":
        raise Unfit("it's made by another version of this app")
    if len(packed) > MOST_PACKED:
        raise Unfit(f"it's longer than {MOST_PACKED:,} characters")
    if not CODE.match(packed):
        raise Unfit("it's cut off or changed")
    most = 4 * MOST_OF_ENTRY  # bytes of so many characters
    opener = zlib.decompressobj()
    try:
        found = opener.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), most + 1)
    except (zlib.error, binascii.Error):
        raise Unfit("it's cut off or changed") from None
    if len(found) > most or opener.unconsumed_tail:
        raise Unfit("it unpacks to more than a board may hold")
    if not opener.eof or opener.unused_data:
        raise Unfit("it's cut off or changed")
    try:
        value = parse_json(found.decode(), most)
    except UnicodeDecodeError:
        raise Unfit("it's cut off or changed") from None
    if not isinstance(value, dict):
        raise Unfit("it holds no board")
    check_value(value)
    return value

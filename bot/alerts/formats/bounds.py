"""What arrives, made fit for a row: everything storable, and nothing longer than a row should be.

PostgreSQL takes neither NUL nor halves of characters in a text, nor NaN in JSON; SQLite takes them, so nobody would notice.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.alerts.event import LONGEST_KEY, LONGEST_SOURCE, LONGEST_TITLE, Link, Malformed

DEEPEST = 100  # lists and mappings inside each other
MOST_ALERTS = 5_000  # in one request; a body of 512 KB holds no more than some 3,000 real ones
MOST_LABELS, LONGEST_LABEL_NAME, LONGEST_LABEL = 64, 100, 255
MOST_LINKS, LONGEST_LINK, LONGEST_LINK_TEXT = 20, 2_000, 200
MOST_DETAILS, LONGEST_DETAILS, LONGEST_DETAIL = 200, 32_768, 8_192  # characters of JSON
LONGEST_SERVICE = 80
CUT = "(cut)"  # the detail that tells what is not there

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode
_WEB = re.compile(r"https?://[^\s<>|\"]+", re.IGNORECASE)


def clean(value: Any, depth: int = 0) -> Any:
    """A copy in which every text and number can be stored. Raises Malformed beyond DEEPEST."""
    if isinstance(value, str):
        return value if value.isprintable() else _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        deeper = _deeper(depth)
        return {clean(str(name)): clean(each, deeper) for name, each in value.items()}
    if isinstance(value, list):
        deeper = _deeper(depth)
        return [clean(each, deeper) for each in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < 64 else _long_number(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else "NaN" if math.isnan(value) else f"{value:+}".title()
    raise Malformed("is not JSON")


def _deeper(depth: int) -> int:
    if depth == DEEPEST:
        raise Malformed(f"is nested more than {DEEPEST} deep")
    return depth + 1


def _long_number(value: int) -> str:
    return str(value) if value.bit_length() < 1_000 else "a number of more than 300 digits"


def cut(text: str, longest: int) -> str:
    """The text, and where it is longer its beginning with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def text(value: Any) -> str:
    """A text or number as text, without the space around it; "" for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else ""


def first(said: Mapping[str, Any], *names: str) -> str:
    """The first of these that is there and not blank, as text."""
    return next((found for name in names if (found := text(said.get(name)))), "")


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def title(value: Any, otherwise: str = "") -> str:
    """One line of at most LONGEST_TITLE characters."""
    return cut(" ".join(text(value).split()) or otherwise, LONGEST_TITLE)


def source(value: Any) -> str:
    return cut(" ".join(text(value).split()), LONGEST_SOURCE)


def service(value: Any) -> str | None:
    return cut(" ".join(text(value).split()), LONGEST_SERVICE) or None


def key(value: str) -> str:
    """The key itself, or where it is too long its beginning with a digest of the whole, so that two stay two."""
    if len(value) <= LONGEST_KEY:
        return value
    digest = digest_of(value)
    return f"{value[: LONGEST_KEY - len(digest) - 1]}…{digest}"


def digest_of(value: Any) -> str:
    """32 characters that are the same for the same JSON, whatever the order of its keys."""
    said = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def labels(*said: Mapping[str, Any]) -> dict[str, str]:
    """Flat and short: names with texts. Lists of texts are joined; what is deeper is no label. Later ones win."""
    found: dict[str, str] = {}
    for each in said:
        for name, value in each.items():
            words = ", ".join(filter(None, map(text, value))) if isinstance(value, list) else text(value)
            short = cut(name.strip(), LONGEST_LABEL_NAME)
            if short and words and (short in found or len(found) < MOST_LABELS):
                found[short] = cut(words, LONGEST_LABEL)
    return found


def details(said: Mapping[str, Any]) -> dict[str, Any]:
    """As it came where it fits; else each entry cut to a text that fits, and a word about what was left out."""
    kept = {name: value for name, value in said.items() if value not in (None, "", [], {})}
    if not kept or (len(kept) <= MOST_DETAILS and _length(kept) <= LONGEST_DETAILS):
        return kept
    found: dict[str, Any] = {}
    room = LONGEST_DETAILS - 200  # for the word about the rest
    for name, value in kept.items():
        short = cut(name, LONGEST_LABEL_NAME)
        entry = _fitting(value, min(LONGEST_DETAIL, room - _length(short) - 4))
        room -= _length(short) + _length(entry) + 4
        if room < 0 or len(found) == MOST_DETAILS:
            break
        found[short] = entry
    left = len(kept) - len(found)
    return {**found, CUT: f"{left} more, too long to keep"} if left else found


def _length(value: Any) -> int:
    return len(_AS_JSON(value))


def _fitting(value: Any, longest: int) -> Any:
    if _length(value) <= longest:
        return value
    said = value if isinstance(value, str) else _AS_JSON(value)
    # What JSON escapes takes up to six characters: a text that is all of these is cut to a sixth.
    short = cut(said, max(longest - 2, 1))
    return short if _length(short) <= longest else cut(said, max(longest // 6, 1))


def link(href: Any, words: Any = "", src: Any = "") -> Link | None:
    """A link that may be shown, or None: only the web's own kinds, without a space, of a bearable length."""
    found = Link(_address(href), cut(" ".join(text(words).split()), LONGEST_LINK_TEXT), _address(src))
    return found if found.href or found.src else None


def links(*said: Link | None) -> tuple[Link, ...]:
    """Those that are there, each once."""
    return tuple(dict.fromkeys(each for each in said if each is not None))[:MOST_LINKS]


def _address(value: Any) -> str:
    found = text(value)
    return found if len(found) <= LONGEST_LINK and _WEB.fullmatch(found) else ""


def named_links(said: Iterable[tuple[Any, str]]) -> tuple[Link, ...]:
    """Links by address and words."""
    return links(*(link(href, words) for href, words in said))

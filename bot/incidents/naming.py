"""Names made from titles."""

import re
import unicodedata

# Letters that Unicode does not take apart, but that people read as these.
_READ_AS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ı": "i"}
)


def slug(title: str) -> str:
    """A title as the part of a channel name: lowercase ASCII letters and digits with single hyphens.

    Accents are dropped; what cannot be written so (emoji, other scripts) is left out. May be empty.
    """
    lowered = title.lower().translate(_READ_AS)
    ascii_only = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    # Taking a sign apart can give capitals: ℡ is TEL.
    ascii_only = ascii_only.lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")

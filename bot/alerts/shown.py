"""What of an alert's details and links people are shown, pure: what is short, and a link that can be opened."""

from collections.abc import Mapping, Sequence
from typing import Any

MOST_DETAILS, LONGEST_NAME, LONGEST_DETAIL = 5, 40, 120
LONGEST_HREF = 500


def short_details(details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The first details that are a text, a number or a yes and no, and fit on a line; in their order."""
    found = []
    for name, value in details.items():
        said = " ".join(_text(value).split())
        if said and len(said) <= LONGEST_DETAIL and len(name) <= LONGEST_NAME:
            found.append((name, said))
    return tuple(found[:MOST_DETAILS])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, (str, int, float)) else ""


def href_of(links: Sequence[Mapping[str, Any]] | None) -> str | None:
    """The first link that a browser opens and that is short enough to be shown."""
    found = (str(one.get("href", "")) for one in links or ())
    href = next((one for one in found if one.startswith("http")), None)
    return href if href is not None and len(href) <= LONGEST_HREF else None

"""The small page behind a link: what it is about, and a button. Plain HTML that needs neither scripts nor anything else."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC
from html import escape

from bot.config import Config
from bot.paging.rows import ACKNOWLEDGED, RESOLVED, SNOOZED, Page
from bot.views.contact_text import about_page

_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:32rem;margin:0 auto;padding:1.5rem;overflow-wrap:anywhere;color:#1d1c1d;background:#fff}"
    "h1{font-size:1.4rem;margin:0 0 1rem}"
    "button{font:inherit;display:block;width:100%;padding:1rem;margin:1rem 0 0;border-radius:.5rem;"
    "border:1px solid #8a8a8a;background:#fff;color:#1d1c1d}"
    "button.first{background:#0b6b4f;border-color:#0b6b4f;color:#fff;font-weight:600}"
    ":root{color-scheme:light dark}"
    "@media(prefers-color-scheme:dark){body{background:#1a1d21;color:#e8e8e8}button{background:#222529;color:#e8e8e8}}"
)
# Nothing is loaded, nothing runs, nobody frames it, and the form goes to this site alone.
POLICY = (
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)

# So many pages are told one by one.
LISTED = 30

Button = tuple[str, str]  # what it does, and its words


def link_page(title: str, lines: Sequence[str], buttons: Sequence[Button] = ()) -> str:
    """The whole page; everything in it is escaped here."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    form = ""
    if buttons:
        inner = "".join(
            f'<button name="do" value="{escape(does)}"{" class=first" if place == 0 else ""}>{escape(words)}</button>'
            for place, (does, words) in enumerate(buttons)
        )
        form = f'<form method="post">{inner}</form>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{paragraphs}{form}</main></body></html>"
    )


def question(pages: Sequence[Page], config: Config) -> str:
    """Asks before anything is done: mail programs and chats open links by themselves."""
    many = len(pages) > 1
    return link_page(
        _title(pages) if not many else f"{len(pages)} pages ring for you",
        [*_about(pages, config), f"Paged {pages[0].created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."],
        [
            ("acknowledge", f"Acknowledge all {len(pages)}" if many else "Acknowledge"),
            ("escalate", "I can't: call the next one"),
        ],
    )


def done(pages: Sequence[Page], config: Config, *, escalated: bool) -> str:
    """`pages` are those that it was done to, as they are now."""
    title = _title(pages)
    if escalated:
        return link_page(f"{title}: passed on", ["The next one is called now. Thank you for saying so."])
    also = "Nothing rings any more." if len(pages) > 1 else "It rings nobody any more."
    if any(page.state != ACKNOWLEDGED for page in pages):
        also = "The others must acknowledge it too."
    has = "you have them" if len(pages) > 1 else "you have it"
    return link_page(f"{title}: {has}", [*_about(pages, config), also])


def state_of(pages: Sequence[Page], config: Config, *, who: Mapping[int, str], first: str = "") -> str:
    """How they stand, for a link that can do nothing about it (any more). `who` has the name, by the page's number."""
    lines = [first]
    for page in pages[:LISTED]:
        words = {
            ACKNOWLEDGED: f"{who[page.id]} has it.",
            SNOOZED: f"{who[page.id]} has snoozed it.",
            RESOLVED: "It is over.",
        }.get(page.state, "It still rings. Open Slack to acknowledge it, or call somebody.")
        lines += [words, about_page(page, config)] if len(pages) == 1 else [f"#{page.id}: {words}"]
    return link_page(_title(pages), lines)


def _title(pages: Sequence[Page]) -> str:
    return f"Page #{pages[0].id}" if len(pages) == 1 else f"{len(pages)} pages"


def _about(pages: Sequence[Page], config: Config) -> list[str]:
    if len(pages) == 1:
        return [about_page(pages[0], config)]
    lines = [f"#{page.id}: {about_page(page, config)}" for page in pages[:LISTED]]
    return [*lines, f"… and {len(pages) - LISTED} more."] if len(pages) > LISTED else lines


def nothing_here() -> str:
    return link_page(
        "This link leads nowhere",
        ["It may be cut off, or long gone. Open the newest message about the page, or look in Slack."],
    )


def trouble() -> str:
    return link_page(
        "Please try again",
        [
            "Tocsin's database does not answer. Most likely nothing was done, and the page still rings.",
            "Go back and try again in a minute. If it lasts, tell the others yourself that you have it.",
        ],
    )


def broken() -> str:
    return link_page(
        "Something went wrong in Tocsin",
        [
            "Its log says more. Most likely nothing was done, and the page still rings.",
            "Acknowledge it in Slack, or tell the others yourself that you have it.",
        ],
    )


def too_many() -> str:
    return link_page("Too many tries", ["Wait a minute, and open the link again."])

"""The small page behind a link: what it is about, and a button. Plain HTML that needs neither scripts nor anything else."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC
from html import escape

from bot.config import Config
from bot.paging.rows import ACKNOWLEDGED, RESOLVED, SNOOZED, Page
from bot.views.contact_text import about_page

_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:32rem;margin:0 auto;padding:1.5rem;color:#1d1c1d;background:#fff}"
    "h1{font-size:1.4rem;margin:0 0 1rem}"
    "button{font:inherit;display:block;width:100%;padding:1rem;margin:1rem 0 0;border-radius:.5rem;"
    "border:1px solid #8a8a8a;background:#fff;color:#1d1c1d}"
    "button.first{background:#0b6b4f;border-color:#0b6b4f;color:#fff;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{background:#1a1d21;color:#e8e8e8}button{background:#222529;color:#e8e8e8}}"
)
# Nothing is loaded, nothing runs, nobody frames it, and the form goes to this site alone.
POLICY = (
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)

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


def question(page: Page, config: Config) -> str:
    """Asks before anything is done: mail programs and chats open links by themselves."""
    lines = [
        about_page(page, config),
        f"Paged {page.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC.",
    ]
    return link_page(
        f"Page #{page.id}",
        lines,
        [("acknowledge", "Acknowledge"), ("escalate", "I can't: call the next one")],
    )


def done(page: Page, config: Config, *, escalated: bool, missing: bool) -> str:
    if escalated:
        return link_page(
            f"Page #{page.id}: passed on", ["The next one is called now. Thank you for saying so."]
        )
    also = "The others must acknowledge it too." if missing else "It rings nobody any more."
    return link_page(f"Page #{page.id}: you have it", [about_page(page, config), also])


def state_of(page: Page, config: Config, *, who: str, first: str = "") -> str:
    """How the page stands, for a link that can do nothing about it (any more)."""
    words = {
        ACKNOWLEDGED: f"{who} has it.",
        SNOOZED: f"{who} has snoozed it.",
        RESOLVED: "It is over.",
    }.get(page.state, "It still rings. Open Slack to acknowledge it, or call somebody.")
    return link_page(f"Page #{page.id}", [first, words, about_page(page, config)])


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


def too_many() -> str:
    return link_page("Too many tries", ["Wait a minute, and open the link again."])

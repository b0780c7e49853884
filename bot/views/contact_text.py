"""What reaches people beside Slack: short, urgent, and of a private incident nothing but that there is one."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.config import Config
from bot.paging.people import is_user_id
from bot.paging.rows import Page

# An SMS of two parts takes 306 characters, and a link 80 of them.
SHORT_WHAT = 120
# More pages than these make no short message.
LISTED = 3


@dataclass(frozen=True)
class Ack:
    """A link by which a page is acknowledged, and the words of its button."""

    label: str
    url: str


@dataclass(frozen=True)
class Message:
    """What a person is told by a contact method. `quiet` wakes nobody."""

    title: str
    body: str
    acks: tuple[Ack, ...] = ()
    quiet: bool = False
    link: str | None = None  # where there is more to read

    @property
    def text(self) -> str:
        """All of it, for methods that have no title and no buttons."""
        links = [f"{ack.label}: {ack.url}" for ack in self.acks]
        more = [f"Incident: {self.link}"] if self.link else []
        return "\n".join((self.body, *links, *more))


def ring_message(
    pages: Sequence[Page],
    link: str | None,
    config: Config,
    *,
    channel_id: str | None,
    perhaps_again: bool,
) -> Message:
    """A page, or several that ring at once; `link` acknowledges them all."""
    lines = [_line(page, config) for page in pages[:LISTED]] if len(pages) > 1 else [_words(pages[0], config)]
    if len(pages) > LISTED:
        lines.append(f"… and {len(pages) - LISTED} more.")
    if perhaps_again:
        lines.append("(You may have this already.)")
    if link is None:
        lines.append("Acknowledge in Slack.")
    title = f"Page #{pages[0].id}" if len(pages) == 1 else f"{len(pages)} pages ring for you"
    label = "Acknowledge" if len(pages) == 1 else f"Acknowledge all {len(pages)}"
    acks = () if link is None else (Ack(label, link),)
    return Message(title, "\n".join(lines), acks, link=channel_link(channel_id))


def channel_link(channel_id: str | None) -> str | None:
    """Opens a channel in Slack from anywhere."""
    return f"https://slack.com/app_redirect?channel={channel_id}" if channel_id else None


def about_page(page: Page, config: Config) -> str:
    """What it is about, as far as somebody outside Slack may know."""
    if page.private:
        return "A private incident needs you."
    parts = [
        "DRILL" if page.drill else None,
        page.severity,
        config.service_title(page.service) if page.service else None,
    ]
    return ": ".join(part for part in (" ".join(p for p in parts if p), page.what) if part)


def _line(page: Page, config: Config) -> str:
    return f"Page #{page.id}. {_words(page, config)}"


def _words(page: Page, config: Config) -> str:
    words = about_page(page, config)
    return words if len(words) <= SHORT_WHAT else words[: SHORT_WHAT - 1].rstrip() + "…"


def code_message(code: str, organization: str) -> Message:
    return Message(
        "Your code",
        f"{code} is your code for Tocsin at {organization}. Enter it in Slack, in Tocsin's Home, within 15 minutes. "
        "If you did not ask for it, do nothing.",
        quiet=True,
    )


def test_message(organization: str) -> Message:
    return Message("A test", f"This is a test of Tocsin at {organization}. Pages will reach you like this.")


def probe_message(organization: str) -> Message:
    return Message(
        "Your shift begins soon",
        f"Tocsin at {organization} makes sure that it can reach you before your shift. There is nothing to do.",
        quiet=True,
    )


def nobody_message(page: Page, people: Sequence[str], link: str | None, config: Config) -> Message:
    """Nobody was reached, and Slack does not take it: whom to call, by their numbers in app.yaml."""
    lines = [f"Nobody has taken page #{page.id}. {about_page(page, config)}", "Please call somebody:"]
    for name in people[:30]:
        person = config.person(name)
        who = f"Slack account {name}" if person is None and is_user_id(name) else name
        number = person.phone if person is not None and person.phone else "no number in app.yaml"
        lines.append(f"- {who}: {number}")
    acks = () if link is None else (Ack("I take it", link),)
    return Message(f"Nobody has taken page #{page.id}", "\n".join(lines), acks)

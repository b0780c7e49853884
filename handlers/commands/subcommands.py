"""The subcommands of a command: found in what was typed, shown in its help, guessed from a word that is like one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bot.config import near
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from bot.views.text import escape, escaped
from handlers.request import Answer, Handle, Request
from handlers.words import first_word


@dataclass(frozen=True)
class Subcommand:
    """A word behind a command, or two ("backlog add"). `usage` is what may follow it; `says` what it does."""

    name: str
    usage: str
    says: str
    handle: Handle
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.also)


@dataclass(frozen=True)
class Subcommands:
    """What can stand behind `command` ("/incident", "/check maintenance").

    `groups` are as the help shows them, by heading; "" where the command itself writes what stands above them.
    """

    command: str
    groups: Mapping[str, Sequence[Subcommand]]

    def __iter__(self) -> Iterator[Subcommand]:
        return chain.from_iterable(self.groups.values())

    @property
    def names(self) -> list[str]:
        """Every word that leads to one of them."""
        return [name for one in self for name in one.names]

    def named(self, name: str) -> Subcommand | None:
        """The one of this name, in capitals or not."""
        lowered = name.lower()
        return next((one for one in self if lowered in one.names), None)

    async def answer(self, bot: Bot, request: Request, *, otherwise: Handle) -> Answer | None:
        """What the subcommand in front answers to the words behind it; without one `otherwise` has the whole text."""
        word, rest = first_word(request.text)
        second, behind = first_word(rest)
        # Of "backlog" and "backlog add" the longer one is meant.
        for name, words in ((f"{word} {second}", behind), (word, rest)):
            if (found := self.named(name)) is not None:
                form = f"{self.command} {found.name}"
                return await found.handle(bot, replace(request, text=words, form=form))
        return await otherwise(bot, request)

    def nearest(self, typed: str, others: Iterable[str] = ()) -> str | None:
        """The name that is most like `typed`, also of `others`; None if none is near enough to be meant."""
        return near(typed, [*self.names, *others])

    def guess(self, typed: str, others: Iterable[str] = ()) -> str | None:
        """How the nearest is typed, as plain text."""
        meant = self.nearest(typed, others)
        if meant is None:
            return None
        known = self.named(meant)
        return self.form(known) if known is not None else f"{self.command} {meant}"

    def form(self, one: Subcommand) -> str:
        """How it is typed, as plain text."""
        return f"{self.command} {one.name} {one.usage}".rstrip()

    def line(self, one: Subcommand) -> str:
        """Its line of the help."""
        return f"{code(self.form(one))} {one.says}"

    def paragraphs(self) -> list[str]:
        """The help, a group each: its heading, and a line for each subcommand."""
        return [self.paragraph(heading) for heading in self.groups]

    def paragraph(self, heading: str) -> str:
        """One group of the help."""
        return "\n".join([*([f"*{heading}*"] if heading else []), *map(self.line, self.groups[heading])])

    def group_of(self, name: str) -> str | None:
        """The heading of the group that this word belongs to."""
        return next(
            (heading for heading, group in self.groups.items() for one in group if name.lower() in one.names),
            None,
        )


def code(form: str) -> str:
    """What can be typed, in mrkdwn: Slack would take a bare <title> for a link."""
    return f"`{escape(form)}`"


def quoted(word: str) -> str:
    """What was typed and is not known, in mrkdwn: short, and without the sign that begins code."""
    shown = escaped(as_typed(word), 60).replace("`", "'")
    return f"“{shown}”"


def did_you_mean(guess: str | None) -> str:
    """The question behind a sentence, in mrkdwn; "" without a guess."""
    return f" Did you mean {code(guess)}?" if guess is not None else ""

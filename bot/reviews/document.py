"""The document of a review: sections of Markdown, in which `[^12]` cites entry 12 of the timeline. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.errors import UserError

# Key and title of each section, in their order.
SECTIONS: Mapping[str, str] = {
    "summary": "Summary",
    "impact": "Impact",
    "response": "Detection and response",
    "timeline": "Timeline",
    "factors": "Contributing factors",
    "well": "What went well",
    "actions": "Action items",
    "questions": "Open questions",
}
# What others learn from, and find.
LESSONS = ("summary", "impact", "factors", "well", "actions")
# So much fits into one form of Slack's, in fields of 3,000 characters.
LONGEST = 18_000

# What is wrong is said under this field of the form, so that nobody's words are lost.
FIELD = "part_1"

_CITED = re.compile(r"\[\^(\d{1,6})\]")
_NOTE = re.compile(r"\[\^\d{1,6}\]:")
_HEADING = re.compile(r"##\s+(.+?)\s*#*")
_OWN_HEADING = re.compile(r"^#{1,2}(?=\s)")


@dataclass(frozen=True)
class Document:
    """The texts by the keys of SECTIONS, all of them there."""

    sections: Mapping[str, str]

    def with_section(self, key: str, text: str) -> "Document":
        """With another text in one section; raises UserError where it is too long."""
        return document({**self.sections, key: text})

    @property
    def cited(self) -> list[int]:
        """The numbers of the timeline entries that it cites, in their order."""
        return cited("\n".join(self.sections.values()))


def document(texts: Mapping[str, str]) -> Document:
    """Of texts that somebody wrote; raises UserError where one is too long."""
    return Document({key: _cleaned(key, texts.get(key, "")) for key in SECTIONS})


def _cleaned(key: str, text: str) -> str:
    """Without what would begin a section, and without notes, which are made from the timeline."""
    lines = (line.rstrip() for line in text.replace("\x00", "").splitlines())
    kept = (_OWN_HEADING.sub("###", line, count=1) if line[:1] == "#" else line for line in lines)
    text = "\n".join(line for line in kept if not _NOTE.match(line)).strip()
    if len(text) > LONGEST:
        raise UserError(
            f"“{SECTIONS[key]}” is {len(text)} characters long; {LONGEST} is the most.",
            "Shorten it, or link to the rest.",
            field=FIELD,
        )
    return text


def cited(text: str) -> list[int]:
    """The numbers of the timeline entries that a text cites, in their order."""
    return sorted({int(number) for number in _CITED.findall(text)})


def lessons(written: Document) -> str:
    """What of it is worth to be found by others, as Markdown without citations."""
    return uncited("\n".join(written.sections[key] for key in LESSONS))


def uncited(text: str) -> str:
    """Without citations: of another incident's timeline they would mean nothing."""
    return _CITED.sub("", text)


def as_text(written: Document) -> str:
    """All of it as Markdown, the form in which it is edited as a whole."""
    return "\n\n".join(f"## {title}\n\n{written.sections[key]}".rstrip() for key, title in SECTIONS.items())


def from_text(text: str) -> Document:
    """Reads what `as_text`, or an export, wrote. Raises UserError that says what is wrong with it.

    What stands in front of the first section is the head of an export, and so are notes of cited entries behind the
    last one: both are made anew. A heading of two signs begins a section; others are part of the text.
    """
    keys = {_folded(title): key for key, title in SECTIONS.items()}
    texts: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        heading = _HEADING.fullmatch(line.rstrip())
        if heading is not None:
            key = keys.get(_folded(heading[1]))
            if key is None:
                raise UserError(
                    f"“{heading[1][:60]}” is not a section of a review.",
                    f"The sections are {', '.join(SECTIONS.values())}; headings of your own begin with ###.",
                    field=FIELD,
                )
            if key in texts:
                raise UserError(f"“{SECTIONS[key]}” stands there twice.", "Put both texts under one heading.")
            current = texts[key] = []
        elif current is not None:
            current.append(line)
    if not texts:
        raise UserError(
            "There is no section in it.",
            f"Begin each with its heading, such as “## {SECTIONS['summary']}”.",
            field=FIELD,
        )
    return document({key: "\n".join(lines) for key, lines in texts.items()})


def _folded(title: str) -> str:
    return " ".join(title.lower().split())

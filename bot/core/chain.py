"""The chain of a timeline, pure: each entry carries the hash of the one before, so that a later edit of the database shows.

The hash is over the entry's columns, and over its data by way of a digest with a salt. So a redaction can take the words
away and leave the proof: the digest stays, the salt goes, and without it nobody can try out what the words may have been.
What is left is under the hash of the entry that tells of the redaction. Entries of before, without a digest, have their
data under the hash itself. docs/adr/0013-a-redaction-keeps-the-chain.md tells more.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.standing import AMENDMENTS, REDACTED, amend, standing_of, without_words


class Link(Protocol):
    """An entry, as a row or as read from an export."""

    incident_id: Any
    page_id: Any
    number: Any
    kind: Any
    occurred_at: Any
    recorded_at: Any
    author: Any
    data: Any
    source: Any
    previous_hash: Any
    hash: Any
    salt: Any
    data_digest: Any
    amended: Any


@dataclass(frozen=True)
class Broken:
    """Where a chain is broken first, and what does not fit; `number` is the entry's that ought to stand there."""

    number: int
    why: str
    entry: Any = None


def canonical(said: Any) -> bytes:
    """The same bytes for the same JSON, on every machine."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest_of_data(salt: str, data: Mapping[str, Any]) -> str:
    """SHA-256 over the data, behind its salt."""
    return hashlib.sha256(salt.encode() + canonical(data)).hexdigest()


def digest(
    *,
    incident_id: int | None,
    page_id: int | None,
    number: int,
    kind: str,
    occurred_at: datetime,
    recorded_at: datetime,
    author: str | None,
    data: Mapping[str, Any],
    source: str | None,
    previous_hash: str,
    data_digest: str | None = None,
) -> str:
    """SHA-256 over all of the entry and the hash of the one before, as canonical JSON."""
    said = [
        incident_id,
        number,
        kind,
        occurred_at.isoformat(timespec="microseconds"),
        recorded_at.isoformat(timespec="microseconds"),
        author,
        data if data_digest is None else data_digest,
        source,
        previous_hash,
    ]
    if page_id is not None:
        said.append(page_id)
    return hashlib.sha256(canonical(said)).hexdigest()


def digest_of(entry: Link) -> str:
    """The hash that this entry must carry."""
    recorded = standing_of(entry).recorded
    return digest(
        incident_id=entry.incident_id,
        page_id=entry.page_id,
        number=entry.number,
        kind=entry.kind,
        occurred_at=recorded.occurred_at,
        recorded_at=entry.recorded_at,
        author=entry.author,
        data=recorded.data,
        source=entry.source,
        previous_hash=entry.previous_hash,
        data_digest=entry.data_digest,
    )


def digest_of_rest(entry: Link) -> str:
    """SHA-256 over what a redaction leaves of an entry; the entry that tells of the redaction has it."""
    recorded = standing_of(entry).recorded
    said = [
        entry.incident_id,
        entry.page_id,
        entry.number,
        entry.kind,
        recorded.occurred_at.isoformat(timespec="microseconds"),
        entry.recorded_at.isoformat(timespec="microseconds"),
        entry.author,
        without_words(entry.kind, recorded.data),
        entry.source,
        entry.previous_hash,
        entry.hash,
        entry.data_digest,
    ]
    return hashlib.sha256(canonical(said)).hexdigest()


def first_broken(entries: Iterable[Any]) -> Any:
    """The first entry, in numbered order, that does not follow from the one before it; None: the chain holds."""
    broken = examine(list(entries))
    return None if broken is None else broken.entry


def examine(entries: Sequence[Link], *, length: int | None = None, head: str | None = None) -> Broken | None:
    """Where the chain of these entries, in numbered order, is broken first; None: it holds.

    `length` and `head` are what the incident itself says of its timeline: without them nobody sees that the last
    entries are missing.
    """
    rests = _rests(entries)
    amending = _amending(entries)
    previous = ""
    for expected, entry in enumerate(entries, start=1):
        why = (
            _out_of_place(entry, expected, previous)
            or _untold(entry, amending)
            or _changed(entry, rests.get(entry.number))
            or _misstated(entry, amending)
        )
        if why is not None:
            return Broken(expected, why, entry)
        previous = entry.hash
    if (length is not None and length != len(entries)) or (head is not None and head != previous):
        return Broken(
            len(entries) + 1, "the last entries are missing, or the incident's own note of them was changed"
        )
    return None


def _rests(entries: Sequence[Link]) -> dict[int, str]:
    """By the numbers of redacted entries, the digests of what was left of them."""
    found: dict[int, str] = {}
    for entry in entries:
        if entry.kind == REDACTED and isinstance(entry.data, dict):
            left = entry.data.get("left")
            found |= (
                {int(n): str(rest) for n, rest in left.items() if n.isdigit()}
                if isinstance(left, dict)
                else {}
            )
    return found


def _amending(entries: Sequence[Link]) -> dict[int, list[Link]]:
    """By the numbers of amended entries, those that amend them."""
    found: dict[int, list[Link]] = {}
    for entry in entries:
        if entry.kind in AMENDMENTS and isinstance(entry.data, dict):
            of = [entry.data.get("entry")]
            if entry.kind == REDACTED and isinstance(entry.data.get("left"), dict):
                of = [int(n) for n in entry.data["left"] if n.isdigit()]
            for number in of:
                if isinstance(number, int):
                    found.setdefault(number, []).append(entry)
    return found


def _out_of_place(entry: Link, expected: int, previous: str) -> str | None:
    if entry.number != expected:
        return f"entry {expected} is missing: number {entry.number} stands in its place"
    if entry.previous_hash != previous:
        return "it does not carry the hash of the entry before it: one of the two was changed, or taken out"
    return None


def _untold(entry: Link, amending: Mapping[int, Sequence[Link]]) -> str | None:
    if (entry.amended is not None) != (entry.number in amending):
        return "it was amended without an entry that says so, or the other way round"
    return None


def _changed(entry: Link, rest: str | None) -> str | None:
    try:
        recorded = standing_of(entry).recorded
    except (KeyError, TypeError, ValueError):
        return "what was recorded of it cannot be read"
    if rest is not None:
        if digest_of_rest(entry) != rest or entry.salt is not None:
            return "what its redaction left was changed"
        if entry.data_digest is None:
            return None  # one of before: its data was under the hash itself, and is gone
    elif entry.data_digest is not None and (
        entry.salt is None or digest_of_data(entry.salt, recorded.data) != entry.data_digest
    ):
        return "its words were changed after they were recorded"
    if entry.hash != digest_of(entry):
        return "its words, time, author or kind were changed after they were recorded"
    return None


def _misstated(entry: Link, amending: Mapping[int, Sequence[Link]]) -> str | None:
    """Whether an amended entry says now what follows from its amendments."""
    if entry.amended is None:
        return None
    now = standing_of(entry)
    follows = now.recorded
    for one in amending[entry.number]:
        follows = amend(
            follows, one.kind, number=one.number, by=one.author, at=one.recorded_at, said=one.data
        )
    if (follows.data, follows.occurred_at, follows.amended) != (now.data, now.occurred_at, now.amended):
        return "what it says now does not follow from its amendments"
    return None

"""Secrets do not belong into app.yaml: it is shared, reviewed and kept in version control."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.config.problems import Flaw, Path
from bot.config.source import Node

_ALLOWED = "secrets come from the environment or .env, such as SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET"
_KEY = re.compile(
    r"(token|secret|passw(or)?d|passphrase|credential|api_?-?key|private_?-?key)s?$", re.IGNORECASE
)
_VALUES = (
    (re.compile(r"xox[a-z](\.xox[a-z])?-\S", re.IGNORECASE), "a Slack token"),
    (re.compile(r"xapp-\S", re.IGNORECASE), "a Slack token"),
    (
        re.compile(r"hooks\.slack\.com/(services|workflows|triggers)/", re.IGNORECASE),
        "a webhook link, which is a secret",
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"), "a private key"),
)


def leaks(node: Node, path: Path = ()) -> Iterator[Flaw]:
    """Every secret in the tree. The flaws never repeat it."""
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            if _KEY.search(key):
                yield Flaw("secrets do not belong here", _ALLOWED, path=(*path, key))
            elif (what := _secret(key)) is not None:
                yield Flaw(f"a key is {what}", _ALLOWED, path=(*path, key))
            else:
                yield from leaks(child, (*path, key))
    elif isinstance(node.value, list):
        for index, item in enumerate(node.value):
            yield from leaks(item, (*path, index))
    elif isinstance(node.value, str) and (what := _secret(node.value)) is not None:
        yield Flaw(f"this is {what}", _ALLOWED, path=path)


def _secret(text: str) -> str | None:
    return next((what for pattern, what in _VALUES if pattern.search(text)), None)

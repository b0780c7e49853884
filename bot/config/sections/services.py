"""Services: what can break, who answers for it, and what it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.config.fields import Label, Link, Meaning, PersonName, PolicyName, Section, ServiceName, Slug, named
from bot.config.problems import Flaw


class Service(Section):
    """Something that customers or colleagues rely on."""

    name: Slug
    """The short name that people type."""

    title: Label | None = None
    """The name that people read. Default: the short name."""

    description: Meaning | None = None
    """What it does, in a sentence."""

    owner: Label
    """The team or person who answers for it."""

    runbook: Link | None = None
    """Where it is written what to do. Becomes a bookmark of the incident's channel."""

    depends_on: tuple[ServiceName, ...] = ()
    """The services that it cannot work without, by name. They may not form a circle."""

    responders: tuple[PersonName, ...] = ()
    """The people invited to each of its incidents, by their names under `people`."""

    escalation_policy: PolicyName | None = None
    """Who is paged for it, by the name under `escalation_policies`. Default: `paging.escalation_policy`."""

    @property
    def shown_name(self) -> str:
        """The title, or the name where there is none."""
        return self.title or self.name


def no_circles(items: Any) -> Iterator[Flaw]:
    """Dependencies form no circle: otherwise "what does this break" has no end. Each circle is told once."""
    at = {name: index for index, name in named(items)}
    graph = {name: _dependencies(items[index], at) for name, index in at.items()}
    done: set[str] = set()
    for start in graph:
        trail: list[str] = []
        waiting = [iter([start])]
        while waiting:  # not recursive: a chain of a thousand services must not end in a stack overflow
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                if trail:
                    done.add(trail.pop())
            elif name in trail:
                circle = [*trail[trail.index(name) :], name]
                yield Flaw(
                    f"services depend on each other in a circle: {' → '.join(circle)}",
                    "leave out one of these",
                    path=(at[trail[-1]], "depends_on"),
                )
            elif name not in done:
                trail.append(name)
                waiting.append(iter(graph[name]))


def _dependencies(item: dict[str, Any], known: dict[str, int]) -> list[str]:
    written = item.get("depends_on")
    if not isinstance(written, (list, tuple)):
        return []
    return list(dict.fromkeys(name for name in written if isinstance(name, str) and name in known))

"""Whom people mean when they page: a service, a schedule, a person, a policy, a group, a channel. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.config import Config, Service, folded, near
from bot.config.problems import Refused
from bot.config.sections.paging import checked_target, target
from bot.core.errors import NotFound, UserError

KINDS = ("service", "schedule", "person", "policy", "group", "channel")
HINT = "Name a service, a schedule, a person or an escalation policy of app.yaml, or mention somebody."


@dataclass(frozen=True)
class Wanted:
    """Whom a page goes to: `policy` is an escalation policy's name, or a target; `said` is how people read it."""

    policy: str
    said: str
    service: Service | None = None

    @property
    def value(self) -> str:
        """As `choices` has it."""
        if self.service is not None:
            return f"service:{self.service.name}"
        return self.policy if ":" in self.policy else f"policy:{self.policy}"


@dataclass(frozen=True)
class Choice:
    """One that can be chosen in a form."""

    value: str
    label: str
    description: str | None = None


def choices(config: Config) -> list[Choice]:
    """All that can be paged by name, the ones that people need most first."""
    found = [
        Choice(f"service:{one.name}", f"{one.shown_name} (service)", one.description)
        for one in config.services
        if config.policy_for(one) is not None
    ]
    found += [
        Choice(f"schedule:{one.name}", f"{one.title or one.name} (on call)") for one in config.schedules
    ]
    found += [Choice(f"person:{one.name}", one.name) for one in config.people]
    found += [
        Choice(f"policy:{one.name}", f"{one.shown_name} (policy)") for one in config.escalation_policies
    ]
    return found


def choices_like(config: Config, typed: str) -> list[Choice]:
    """Those whose label or name has what was typed, those that begin with it first."""
    wanted = folded(typed)
    fitting = [one for one in choices(config) if wanted in folded(one.label) or wanted in folded(one.value)]
    return sorted(
        fitting,
        key=lambda one: (
            not (
                folded(one.label).startswith(wanted) or folded(one.value.partition(":")[2]).startswith(wanted)
            )
        ),
    )


def wanted(config: Config, word: str) -> Wanted:
    """What a word names: "payments", "schedule:primary", "@ada", "group:sre". Raises NotFound, or UserError in doubt."""
    kind, colon, name = word.partition(":")
    if colon and kind.lower() in KINDS:
        return _of_kind(config, kind.lower(), name.strip())
    found = list(_named(config, word.removeprefix("@")))
    if not found:
        raise _unknown(config, word)
    if len({one.policy for _, one in found}) > 1:
        forms = " or ".join(f"{kind}:{word}" for kind, _ in found)
        raise UserError(f"“{word}” names more than one thing.", f"Write {forms}.", field="to")
    return found[0][1]


def _named(config: Config, name: str) -> Iterator[tuple[str, Wanted]]:
    """Everything of this name, with its kind."""
    for kind in ("service", "schedule", "person", "policy"):
        try:
            yield kind, _of_kind(config, kind, name)
        except NotFound:
            continue


def _of_kind(config: Config, kind: str, name: str) -> Wanted:
    if kind == "service":
        service = config.service(name) or next(
            (one for one in config.services if folded(one.shown_name) == folded(name)), None
        )
        if service is None:
            raise _unknown(config, name)
        policy = config.policy_for(service)
        if policy is None:
            raise NotFound(
                f"Nobody is paged for {service.name}: app.yaml has no escalation policy.",
                "Page a person or a schedule, and add `escalation_policies` to app.yaml.",
            )
        return Wanted(policy.name, service.shown_name, service)
    if kind == "schedule":
        schedule = config.schedule(name)
        if schedule is None:
            raise _unknown(config, name)
        return Wanted(f"schedule:{schedule.name}", schedule.title or schedule.name)
    if kind == "person":
        person = config.person(name)
        if person is None:
            raise _unknown(config, name)
        return Wanted(f"person:{person.name}", person.name)
    if kind == "policy":
        policy = config.escalation_policy(name)
        if policy is None:
            raise _unknown(config, name)
        return Wanted(policy.name, policy.shown_name)
    try:
        to = target(checked_target(f"{kind}:{name}"))
    except Refused as refused:
        words = str(refused)
        raise UserError(words if words.endswith("?") else f"{words}.", HINT, field="to") from None
    return Wanted(str(to), f"{'@' if kind == 'group' else '#'}{to.name}")


def _unknown(config: Config, word: str) -> NotFound:
    names = [
        *(one.name for one in config.services),
        *(one.name for one in config.schedules),
        *(one.name for one in config.people),
        *(one.name for one in config.escalation_policies),
    ]
    guess = near(word, names)
    meant = f"Did you mean {guess}? " if guess else ""
    return NotFound(f"There is nobody to page by the name of “{word}”.", f"{meant}{HINT}")

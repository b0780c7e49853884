"""Whose schedule it is: its members, its owner, and what each of them may do."""

from bot.config import Config
from bot.config.sections.schedules import Schedule as Section
from bot.core.errors import NotAllowed
from bot.oncall.overrides import known_schedule


def section_of(config: Config, schedule: str) -> Section:
    """The schedule as app.yaml has it; raises NotFound."""
    name = known_schedule(config, schedule)
    return next(section for section in config.schedules if section.name == name)


def members_of(config: Config, section: Section) -> tuple[str, ...]:
    """The people of its layers, each once. An imported calendar may name anybody of app.yaml."""
    if any(layer.ical is not None for layer in section.layers):
        return tuple(person.name for person in config.people)
    return tuple(dict.fromkeys(member.person for layer in section.layers for member in layer.people))


def refuse_strangers(config: Config, actor: str) -> None:
    """Raises NotAllowed for somebody who is not among the people of app.yaml."""
    if config.person(actor) is None:
        raise NotAllowed(
            "You are not among the people of app.yaml, so nobody can page you.",
            "Ask whoever keeps it to add you under `people`, with the e-mail address that you have in Slack.",
        )


def may_put_on_call(config: Config, section: Section, *, actor: str, person: str | None) -> None:
    """Raises NotAllowed unless `actor` may put `person` on call (None: nobody).

    Everybody of app.yaml may take a shift upon themselves; members and the owner may put others on call;
    that nobody is, only the owner decides.
    """
    if actor == section.owner or person == actor:
        return
    if person is None:
        raise NotAllowed(
            f"Only {section.owner}, who owns {section.shown_name}, may decide that nobody is on call.",
            "Ask them, or name somebody.",
        )
    if actor not in members_of(config, section):
        raise NotAllowed(
            f"Only members of {section.shown_name} and its owner {section.owner} may put others on call.",
            "Take it yourself (`me` in place of the name), or ask one of them.",
        )

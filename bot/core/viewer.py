"""On whose behalf something is read. Every query that feeds a screen takes one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person in Slack (`user_id`), or the program itself at work on behalf of nobody (`None`).

    Deliveries read as the program: what they build goes to a place whose readers were decided by a verb.
    """

    user_id: str | None

    @property
    def sees_everything(self) -> bool:
        """True for the program and for the operator at the command line, who can read the database anyway."""
        return self.user_id is None


PROGRAM = Viewer(None)

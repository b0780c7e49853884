"""The errors that people see, drawn once:

    TocsinError
    ├── UserError            somebody asked for what cannot be done; told to that person alone
    │   ├── NotFound         no such thing, or none that this person may see: the two must look alike
    │   ├── NotAllowed       the person may not do this
    │   └── RuleRefused      it makes no sense in the present state
    └── OperatorError        the program cannot start or go on; told on the terminal and in the log

Each says what happened, and what to do next. Neither carries a secret: both end up in messages and logs.
"""

from collections.abc import Mapping


class TocsinError(Exception):
    """The root of every error that is meant to be read by a person."""


class UserError(TocsinError):
    """Refused, with words for the one who asked.

    `what` is a full sentence; `next_step` says what to do now; `field` names the input of a form (its
    block_id) that the words belong to, so that a modal can show them under it. Where several inputs are wrong,
    `under` has the words of each.
    """

    def __init__(
        self,
        what: str,
        next_step: str = "",
        *,
        field: str | None = None,
        under: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{what} {next_step}".strip())
        self.what = what
        self.next_step = next_step
        self.under = under or ({field: str(self)} if field is not None else {})


class NotFound(UserError):
    """There is no such thing, or none that this person may see."""


class NotAllowed(UserError):
    """This person may not do this. Each refusal stands in the audit log (bot.core.audit), with what it says beside the
    words: the permission that it is about, why in a word or two, and the incident's number.
    """

    def __init__(
        self,
        what: str,
        next_step: str = "",
        *,
        field: str | None = None,
        permission: str | None = None,
        reason: str | None = None,
        incident_id: int | None = None,
    ) -> None:
        super().__init__(what, next_step, field=field)
        self.permission = permission
        self.reason = reason
        self.incident_id = incident_id


class RuleRefused(UserError):
    """The present state forbids it."""


class OperatorError(TocsinError):
    """The program cannot start or go on; `next_step` is the mend."""

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(f"{what} {next_step}".strip())
        self.what = what
        self.next_step = next_step

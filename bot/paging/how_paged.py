"""How a person is paged, as they see it at Home: methods with a part of their addresses, rules, quiet hours, consent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import OperatorError
from bot.core.vault import VARIABLE, Vault
from bot.paging.contacts import methods_of, shown_address
from bot.paging.rows import ContactMethod, NotificationRule, ProbeConsent, QuietHours


@dataclass(frozen=True)
class HowPaged:
    """`shown` has a part of each method's address, by its id; `can_add` is False where no key is set."""

    methods: Sequence[ContactMethod] = ()
    shown: Mapping[int, str] = field(default_factory=dict)
    rules: Sequence[NotificationRule] = ()
    quiet: QuietHours | None = None
    agreed: bool = False
    can_add: bool = False


async def how_paged(session: AsyncSession, vault: Vault, user_id: str) -> HowPaged:
    """All of one's own, and nobody else's."""
    methods = await methods_of(session, user_id)
    rules = await session.scalars(
        select(NotificationRule)
        .where(NotificationRule.user_id == user_id)
        .order_by(NotificationRule.urgency, NotificationRule.delay_seconds, NotificationRule.id)
    )
    return HowPaged(
        methods=methods,
        shown={method.id: _shown(vault, method) for method in methods},
        rules=rules.all(),
        quiet=await session.get(QuietHours, user_id),
        agreed=await session.get(ProbeConsent, user_id) is not None,
        can_add=vault.is_open,
    )


def _shown(vault: Vault, method: ContactMethod) -> str:
    try:
        return shown_address(vault, method)
    except OperatorError:
        return f"cannot be read: {VARIABLE} {'was changed' if vault.is_open else 'is not set'}"

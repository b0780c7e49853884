"""When keys change: what the present ones read is encrypted with the first, and what none of them reads is counted.

Nothing is thrown away: an address that cannot be read now can be, once its key is back.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import OperatorError
from bot.core.vault import VARIABLE, Vault
from bot.paging.rows import ContactMethod


@dataclass(frozen=True)
class Stock:
    """How many contact methods there are, which were encrypted by a former key, and how many nobody can read."""

    total: int
    former: tuple[int, ...]
    unreadable: int


async def take_stock(session: AsyncSession, vault: Vault) -> Stock:
    """Looks at all contact methods; changes nothing."""
    rows = (await session.execute(select(ContactMethod.id, ContactMethod.address))).all()
    others = [(method_id, address) for method_id, address in rows if not vault.is_current(address)]
    former = tuple(method_id for method_id, address in others if _can_read(vault, address))
    return Stock(len(rows), former, len(others) - len(former))


async def encrypt_anew(session: AsyncSession, vault: Vault, method_id: int) -> None:
    """With the first key."""
    method = await session.scalar(
        select(ContactMethod).where(ContactMethod.id == method_id).with_for_update()
    )
    if method is not None and not vault.is_current(method.address):
        method.address = vault.encrypt(vault.decrypt(method.address))


def complaint(stock: Stock, vault: Vault) -> tuple[str, str] | None:
    """What is wrong, and what to do; None when all can be read."""
    if not stock.unreadable:
        return None
    count = f"{stock.unreadable} of {stock.total} contact methods cannot be read"
    if not vault.is_open:
        return (
            f"{count}, as {VARIABLE} is not set: their owners are paged in Slack only",
            "Set the key that they were added with. Nothing is lost: they work again at the next start.",
        )
    return (
        f"{count}: {VARIABLE} no longer has the key that they were encrypted with, and they reach nobody",
        "Put the former key behind the new one, with a comma. Nothing is lost: they work again at the next start. "
        "If that key is gone, their owners must add them again at Home.",
    )


def _can_read(vault: Vault, address: str) -> bool:
    try:
        vault.decrypt(address)
    except OperatorError:
        return False
    return True

"""Contact methods: a person adds, verifies, disables and removes them, and says which rings when.

An address is encrypted before it comes to rest, and is not shown again but in part.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.audit import audit
from bot.core.errors import NotFound, RuleRefused, UserError
from bot.core.outbox import Priority, enqueue
from bot.core.vault import Vault
from bot.paging.addresses import checked_address
from bot.paging.rows import ContactMethod, NotificationRule, ProbeConsent, QuietHours
from bot.paging.urgency import Urgency

KINDS = ("email", "sms", "voice", "ntfy", "pushover", "telegram", "teams", "webhook")
MOST_METHODS, MOST_RULES = 10, 20
LONGEST_ADDRESS, LONGEST_LABEL = 500, 60
CODE_LASTS = timedelta(minutes=15)
CODE_TRIES = 5
LONGEST_DELAY = timedelta(hours=24)
# A test or a code costs somebody money, and rings.
TEST_EVERY = timedelta(minutes=1)


async def add_method(
    session: AsyncSession,
    vault: Vault,
    *,
    user_id: str,
    kind: str,
    address: str,
    label: str = "",
    now: datetime,
) -> tuple[ContactMethod, str]:
    """Keeps an address, to be used once it is verified; returns the code that must be sent there.

    Raises UserError, and RuleRefused where no key is set.
    """
    if kind not in KINDS:
        raise UserError(f"“{kind}” is not a contact method.", f"Choose one of {', '.join(KINDS)}.")
    address = address.replace("\x00", "").strip()
    if not address or len(address) > LONGEST_ADDRESS or not address.isprintable():
        raise UserError(
            "That is no address.", f"One line, at most {LONGEST_ADDRESS} characters.", field="address"
        )
    address = checked_address(kind, address)
    if not vault.is_open:
        raise RuleRefused(
            "Contact methods are kept encrypted, and this Tocsin has no key for it.",
            "Ask whoever runs it to set TOCSIN_SECRET_KEY.",
        )
    count = await session.scalar(select(func.count()).where(ContactMethod.user_id == user_id)) or 0
    if count >= MOST_METHODS:
        raise RuleRefused(f"You have {count} contact methods already.", "Remove one first.")
    method = ContactMethod(
        user_id=user_id,
        kind=kind,
        label=" ".join(label.split())[:LONGEST_LABEL] or kind,
        address=vault.encrypt(address),
        created_at=now,
        code_tries=0,
    )
    session.add(method)
    await session.flush()
    _audit(session, method, "added", now=now)
    return method, _new_code(method, now)


async def new_code(
    session: AsyncSession, method_id: int, *, user_id: str, now: datetime
) -> tuple[ContactMethod, str]:
    """Another code, for one that did not arrive or is too old."""
    method = await own_method(session, method_id, user_id)
    if method.verified_at is not None:
        raise RuleRefused(f"{method.label} is verified already.")
    if method.code_expires_at is not None and now < method.code_expires_at - CODE_LASTS + TEST_EVERY:
        raise RuleRefused(f"A code was sent to {method.label} a moment ago.", "Wait a minute for it.")
    return method, _new_code(method, now)


def _new_code(method: ContactMethod, now: datetime) -> str:
    code = f"{secrets.randbelow(10**6):06d}"
    method.code_hash, method.code_expires_at, method.code_tries = _hashed(method, code), now + CODE_LASTS, 0
    return code


def _hashed(method: ContactMethod, code: str) -> str:
    """Bound to the method, so that a code is good for this one alone."""
    return hashlib.sha256(f"{method.user_id}:{method.id}:{code}".encode()).hexdigest()


def send_code(
    session: AsyncSession, vault: Vault, method: ContactMethod, code: str, *, now: datetime
) -> None:
    """Has the code sent to the address that it verifies."""
    enqueue(
        session,
        "contact.code",
        now=now,
        about={"method": method.id, "code": vault.encrypt(code)},
        way=method.kind,
        priority=Priority.ANSWER,
    )


def is_current_code(method: ContactMethod, code: str, *, now: datetime) -> bool:
    """Whether this code can still verify this method."""
    return (
        method.verified_at is None
        and method.code_hash is not None
        and method.code_expires_at is not None
        and method.code_expires_at > now
        and hmac.compare_digest(method.code_hash, _hashed(method, code))
    )


async def send_test(session: AsyncSession, method_id: int, *, user_id: str, now: datetime) -> ContactMethod:
    """Has a test sent by a method of one's own; one at a time."""
    method = await own_method(session, method_id, user_id)
    if method.verified_at is None:
        raise RuleRefused(f"{method.label} is not verified yet.", "Enter the code that was sent to it first.")
    if method.disabled_at is not None:
        raise RuleRefused(f"{method.label} is switched off.", "Switch it on first.")
    if method.tried_at is not None and now - method.tried_at < TEST_EVERY:
        raise RuleRefused(f"{method.label} was used a moment ago.", "Wait a minute.")
    enqueue(
        session,
        "contact.test",
        now=now,
        about={"method": method.id},
        fold=f"contact.test:{method.id}",
        way=method.kind,
        priority=Priority.ANSWER,
    )
    return method


async def note_outcome(
    session: AsyncSession, method_id: int, problem: str | None, *, now: datetime
) -> str | None:
    """What came of the last use of a method; returns whose it is, None when it is gone."""
    owner: str | None = await session.scalar(
        update(ContactMethod)
        .where(ContactMethod.id == method_id)
        .values(tried_at=now, problem=problem and problem[:200])
        .returning(ContactMethod.user_id)
    )
    return owner


async def verify(
    session: AsyncSession, method_id: int, code: str, *, user_id: str, now: datetime
) -> ContactMethod | None:
    """The method once the code is right; None for a wrong one, which is counted: after five a new code is needed.

    Wrong is no error here: it must be written down, and an error would take that back.
    """
    method = await own_method(session, method_id, user_id)
    if method.verified_at is not None:
        return method
    if method.code_hash is None or method.code_expires_at is None or method.code_expires_at <= now:
        raise RuleRefused("The code is too old.", "Ask for a new one.")
    if method.code_tries >= CODE_TRIES:
        raise RuleRefused("There were too many wrong codes.", "Ask for a new one.")
    method.code_tries += 1
    if not hmac.compare_digest(method.code_hash, _hashed(method, "".join(code.split()))):
        return None
    method.verified_at = now
    method.code_hash = method.code_expires_at = method.tried_at = method.problem = None
    _audit(session, method, "verified", now=now)
    return method


async def set_disabled(
    session: AsyncSession, method_id: int, *, disabled: bool, user_id: str, now: datetime
) -> ContactMethod:
    """Switches a method off for a while, or on again."""
    method = await own_method(session, method_id, user_id)
    if (method.disabled_at is not None) is not disabled:
        _audit(session, method, "switched off" if disabled else "switched on", now=now)
    method.disabled_at = now if disabled else None
    return method


async def remove(session: AsyncSession, method_id: int, *, user_id: str, now: datetime) -> None:
    """Forgets the address, and the rules that used it."""
    method = await own_method(session, method_id, user_id)
    _audit(session, method, "removed", now=now)
    await session.execute(
        delete(NotificationRule).where(
            NotificationRule.user_id == user_id, NotificationRule.contact_method_id == method.id
        )
    )
    await session.delete(method)


def _audit(session: AsyncSession, method: ContactMethod, change: str, *, now: datetime) -> None:
    """How somebody is reached is theirs alone to change; never the address, nor what they call it."""
    audit(
        session,
        "contact_method",
        by=method.user_id,
        now=now,
        change=change,
        method=method.id,
        kind=method.kind,
    )


async def add_rule(
    session: AsyncSession,
    *,
    user_id: str,
    urgency: Urgency,
    delay: timedelta,
    method_id: int | None,
) -> NotificationRule:
    """For pages of this urgency, after `delay`, by this method (None: Slack)."""
    if not timedelta() <= delay <= LONGEST_DELAY:
        raise UserError("That is too long a wait.", "At most 24 hours.", field="minutes")
    if method_id is not None:
        await own_method(session, method_id, user_id)
    own = (await session.scalars(select(NotificationRule).where(NotificationRule.user_id == user_id))).all()
    for rule in own:
        if (rule.urgency, rule.delay, rule.contact_method_id) == (urgency, delay, method_id):
            return rule
    if len(own) >= MOST_RULES:
        raise RuleRefused(f"You have {len(own)} rules already.", "Remove one first.")
    rule = NotificationRule(
        user_id=user_id,
        urgency=urgency,
        delay_seconds=int(delay.total_seconds()),
        contact_method_id=method_id,
    )
    session.add(rule)
    await session.flush()
    return rule


async def remove_rule(session: AsyncSession, rule_id: int, *, user_id: str) -> None:
    rule = await session.get(NotificationRule, rule_id)
    if rule is None or rule.user_id != user_id:
        raise NotFound("There is no such rule of yours.")
    await session.delete(rule)


async def set_quiet_hours(
    session: AsyncSession, *, user_id: str, hours: tuple[int, int] | None, timezone: str
) -> None:
    """When low urgency waits, in minutes of the day of this zone; None: never."""
    known = await session.get(QuietHours, user_id)
    if hours is None:
        if known is not None:
            await session.delete(known)
        return
    begins, ends = hours
    if not (0 <= begins < 1440 and 0 <= ends < 1440) or begins == ends:
        raise UserError("These are no hours.", "Give a beginning and another end, such as 22:00 and 07:00.")
    await session.merge(QuietHours(user_id=user_id, begins=begins, ends=ends, timezone=timezone))


async def set_consent(session: AsyncSession, *, user_id: str, agreed: bool, now: datetime) -> None:
    """Whether this person's methods may be probed before their shifts."""
    known = await session.get(ProbeConsent, user_id)
    if agreed and known is None:
        await session.merge(ProbeConsent(user_id=user_id, agreed_at=now))
    elif not agreed and known is not None:
        await session.delete(known)


async def methods_of(session: AsyncSession, user_id: str) -> list[ContactMethod]:
    found = await session.scalars(
        select(ContactMethod).where(ContactMethod.user_id == user_id).order_by(ContactMethod.id)
    )
    return list(found)


def shown_address(vault: Vault, method: ContactMethod) -> str:
    """Enough of the address to know it again."""
    text = vault.decrypt(method.address)
    if method.kind in ("ntfy", "webhook", "teams"):
        return f"{urlsplit(text).hostname}/…"  # what follows is the secret
    return f"{text[:2]}…{text[-3:]}" if len(text) > 8 else "…"


async def own_method(session: AsyncSession, method_id: int, user_id: str) -> ContactMethod:
    """A method of this person's, locked; raises NotFound for anybody else's."""
    method = await session.scalar(
        select(ContactMethod).where(ContactMethod.id == method_id).with_for_update()
    )
    if method is None or method.user_id != user_id:
        raise NotFound("There is no such contact method of yours.")
    return method

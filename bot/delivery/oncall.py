"""On-call in Slack: changes of hands, reminders, requests to colleagues, the user group.

All is read again when it leaves: who has lost the shift meanwhile is not told of it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem, enqueue
from bot.core.viewer import Viewer
from bot.delivery.incident_messages import GONE
from bot.delivery.pages import ACCOUNT, DirectSender
from bot.delivery.people import note_account
from bot.delivery.sender import Later, Sender, Stale, new_message
from bot.delivery.slack import Call, Refused, Slack
from bot.delivery.verdict import MENDS
from bot.incidents.unfinished import EVERYBODY, unfinished
from bot.oncall.calendars import FAILS, UNKNOWN_NAMES, WORKS
from bot.oncall.queries import who
from bot.oncall.requests import ask_in_person, request_of, show
from bot.oncall.rows import OPEN, ImportedCalendarRow, OverrideRow, ScheduleWatch, ShiftRequestMessage
from bot.oncall.schedule import Shift
from bot.paging.people import account_of, accounts_of
from bot.views import oncall as view

# Where Slack lets the bot post nothing, however often it tries.
NO_PLACE = ("channel_not_found", "not_in_channel", "is_archived", "restricted_action")

UNKNOWN_PERSON = Stale("app.yaml does not know this person any more")
UNKNOWN_SCHEDULE = Stale("app.yaml does not have this schedule any more")


class OnCallSender(DirectSender):
    """What all of them need: who is who, and where somebody is written to."""

    async def accounts(self, session: AsyncSession) -> dict[str, str]:
        return await accounts_of(session, self.config, [person.name for person in self.config.people])

    async def place(self, session: AsyncSession, to: str) -> str | None:
        """A channel by its name or id as it is; a person of app.yaml by user id or e-mail address."""
        return to if to.startswith("#") else await self.address_of(session, to)

    async def coming(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Shift | Stale:
        """The shift that an intent is about, if it is still to come and theirs."""
        starts_at = datetime.fromisoformat(item.about["starts_at"])
        if self.config.schedule(item.about["schedule"]) is None:
            return UNKNOWN_SCHEDULE
        shift = await who(session, self.config, item.about["schedule"], starts_at)
        if starts_at <= now or shift.person != item.about["person"]:
            return Stale("the shift has begun, or is somebody else's by now")
        return shift


class HandoffSender(OnCallSender):
    """Tells a channel or a person that a schedule has changed hands, with what is open as its reader may see it."""

    kind = "oncall.handoff"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        about, to = item.about, str(item.about["to"])
        if self.config.schedule(about["schedule"]) is None:
            return UNKNOWN_SCHEDULE
        shift = await who(session, self.config, about["schedule"], now)
        if shift.person != about["after"]:
            return Stale("it has changed hands again")
        place = await self.place(session, to)
        if place is None:
            return UNKNOWN_PERSON
        account = None if to.startswith("#") else await account_of(session, self.config, to)
        left = await unfinished(session, Viewer(account) if account else EVERYBODY)
        accounts, before = await self.accounts(session), about["before"]
        args = {
            "channel": place,
            "text": view.handoff_text(shift.schedule, before, shift.person, accounts, self.config),
            "blocks": view.handoff_blocks(shift, before, accounts, left.incidents, left.pages, self.config),
        }
        return new_message(item, args)


class ReminderSender(OnCallSender):
    """Reminds somebody of a shift."""

    kind = "oncall.reminder"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        shift = await self.coming(session, item, now)
        if isinstance(shift, Stale):
            return shift
        place = await self.place(session, str(shift.person))
        if place is None:
            return UNKNOWN_PERSON
        args = {
            "channel": place,
            "text": view.reminder_text(shift, self.config),
            "blocks": view.reminder_blocks(shift, self.config),
        }
        return new_message(item, args)


class UnreachableSender(OnCallSender):
    """Tells the owner of a schedule that Slack knows nobody with the address of whoever is on call soon."""

    kind = "oncall.unreachable"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        shift = await self.coming(session, item, now)
        if isinstance(shift, Stale):
            return shift
        if await account_of(session, self.config, str(shift.person)) is not None:
            return Stale("Slack knows them")
        section = self.config.schedule(shift.schedule)
        place = await self.place(session, section.owner) if section is not None else None
        if place is None:
            return UNKNOWN_PERSON
        text = view.unreachable_text(shift, self.config)
        return new_message(item, {"channel": place, "text": text})


class OverrideSender(OnCallSender):
    """Tells those whom an override concerns and who did not make it."""

    kind = "oncall.override"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        what, to = str(item.about["what"]), str(item.about["to"])
        override = await session.get(OverrideRow, int(item.about["override"]))
        place = await self.place(session, to)
        if override is None or place is None:
            return UNKNOWN_PERSON
        if what == "made" and (override.cancelled_at is not None or override.ends_at <= now):
            return Stale("it was cancelled, or is over")
        text = view.override_told(override, what, to, await self.accounts(session), self.config)
        return new_message(item, {"channel": place, "text": text})


class RequestSender(OnCallSender):
    """A request to cover or to swap, where it was told; kept current in place."""

    kind = "oncall.request"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        message = await session.get(ShiftRequestMessage, int(item.about["message"]))
        request = await request_of(session, message.request_id) if message is not None else None
        if message is None or request is None:
            return Stale("the request is gone")
        accounts = await self.accounts(session)
        args = {
            "text": view.request_text(request, accounts, self.config),
            "blocks": view.request_blocks(request, message.person, accounts, self.config),
        }
        if message.message_ts is not None:
            return Call("chat.update", {**args, "channel": message.channel_id, "ts": message.message_ts})
        if not request.is_open:
            return Stale("it was settled before it was told")
        place = message.channel if message.person is None else await self.place(session, message.person)
        return UNKNOWN_PERSON if place is None else new_message(item, {**args, "channel": place})

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        return await super().find(slack, item, call) if call.method == "chat.postMessage" else None

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await super().arrived(session, item, call, answer, now)
        message = await session.get(ShiftRequestMessage, int(item.about["message"]), with_for_update=True)
        if message is None or call.method != "chat.postMessage":
            return
        message.channel_id, message.message_ts = answer.get("channel"), answer.get("ts")
        request = await request_of(session, message.request_id)
        if request is not None and request.state != OPEN:
            show(session, message, now=now)  # settled while it was under way

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Somebody deleted the message: there is nothing to keep current. Or the channel is none to ask in."""
        message = await session.get(ShiftRequestMessage, int(item.about["message"]), with_for_update=True)
        if message is None or code not in (*GONE, *NO_PLACE):
            return None
        if code in GONE:
            await session.delete(message)
        elif message.channel is None or message.message_ts is not None:
            return None
        else:
            await ask_in_person(session, message, config=self.config, problem=code, now=now)
        return timedelta()


class RequestAnswerSender(OnCallSender):
    """Tells the asker what came of a request: an edited message would not ring."""

    kind = "oncall.answer"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        request = await request_of(session, int(item.about["request"]))
        place = await self.place(session, str(item.about["to"]))
        if request is None or place is None:
            return UNKNOWN_PERSON
        if request.ends_at <= now:
            return Stale("the shift is over")
        about = item.about
        if "problem" in about:
            text = view.asked_in_person(
                request, about["channel"], about["problem"], about["asked"], self.config
            )
        else:
            text = view.answer_text(request, await self.accounts(session), self.config)
        return new_message(item, {"channel": place, "text": text})


class UserGroupSender(Sender):
    """Makes whoever is on call the one member of the schedule's user group. A gap leaves it: Slack takes no empty one."""

    kind = "oncall.group"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        section = self.config.schedule(item.about["schedule"])
        if section is None or section.user_group is None:
            return Stale("app.yaml names no user group any more")
        person = (await who(session, self.config, section.name, now)).person
        if person is None:
            return Stale("nobody is on call")
        known = self.config.person(person)
        member = await account_of(session, self.config, person) or (known and known.email)
        if member is None:
            return UNKNOWN_PERSON
        return Call("usergroups.users.update", {"usergroup": section.user_group, "users": [member]})

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        """Names become ids first; a group that is right already is left alone, as each change tells its members."""
        listed = await slack.call(Call("usergroups.list", {"include_users": True}))
        handle, (member,) = call.args["usergroup"], call.args["users"]
        group = next((one for one in listed.get("usergroups", ()) if one.get("handle") == handle), None)
        if group is None:
            raise Refused("usergroups.users.update", "no_such_subteam", {})
        account = None
        if "@" in member:
            account = (await slack.call(Call("users.lookupByEmail", {"email": member})))["user"]
            member = account["id"]
        if group.get("users") != [member]:
            await slack.call(Call(call.method, {"usergroup": group["id"], "users": [member]}))
        return {ACCOUNT: account}

    def besides(self, call: Call) -> tuple[str, ...]:
        lookup = ("users.lookupByEmail",) if "@" in call.args["users"][0] else ()
        return ("usergroups.list", *lookup)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if answer.get(ACCOUNT) is not None:
            await note_account(session, answer[ACCOUNT], now=now)
        watch = await session.get(ScheduleWatch, item.about["schedule"], with_for_update=True)
        if watch is not None:
            watch.group_problem = None

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """The owner hears of it once, until it works again or fails for another reason."""
        watch = await session.get(ScheduleWatch, item.about["schedule"], with_for_update=True)
        if watch is not None and watch.group_problem != code[:100]:
            watch.group_problem = code[:100]
            enqueue(session, "oncall.group_problem", now=now, about={"schedule": item.about["schedule"]})
        return None


class GroupProblemSender(OnCallSender):
    """Tells the owner of a schedule why its user group does not follow, and what to do."""

    kind = "oncall.group_problem"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        section = self.config.schedule(item.about["schedule"])
        watch = await session.get(ScheduleWatch, item.about["schedule"])
        if section is None or section.user_group is None or watch is None or watch.group_problem is None:
            return Stale("it works again")
        place = await self.place(session, section.owner)
        if place is None:
            return UNKNOWN_PERSON
        code = watch.group_problem
        mend = MENDS.get(code, "`tocsin doctor` may tell more.")
        text = view.group_problem_text(section.name, section.user_group, code, mend, self.config)
        return new_message(item, {"channel": place, "text": text})


class CalendarSender(OnCallSender):
    """Tells the owner of a schedule what is wrong with a calendar that is kept elsewhere, and that it works again."""

    kind = "oncall.calendar"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        about = item.about
        section = self.config.schedule(about["schedule"])
        row = await session.get(ImportedCalendarRow, (about["schedule"], about["layer"]))
        if section is None or row is None:
            return Stale("app.yaml has that calendar no more")
        still = {FAILS: row.problem is not None, WORKS: row.problem is None, UNKNOWN_NAMES: row.unknown}
        if not still[about["what"]]:
            return Stale("it has changed meanwhile")
        place = await self.place(session, section.owner)
        if place is None:
            return UNKNOWN_PERSON
        text = view.calendar_text(row, about["what"], self.config)
        return new_message(item, {"channel": place, "text": text})

"""A timeline entry in words: for Slack (mrkdwn), and for files."""

import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import zip_longest
from typing import Any

from bot.config import Config
from bot.core.standing import (
    DELETED,
    EDITED,
    HIDDEN,
    RETIMED,
    SHOWN,
    is_hidden,
    is_redacted,
    marks_of,
    standing_of,
)
from bot.core.timeline import TimelineEntry
from bot.views.incident_fields import value_words
from bot.views.text import cut, day, link, literal, mention, moment, rich, shorten

_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")
MENTION = re.compile(r"<@([UW][A-Z0-9]{2,})>")

# What is said of a review with its author's name in it.
_SAYS_WHO = ("owner", "step_owner", "published", "waived", "wording_asked")

# How a person, a user's text and a link are written differs between Slack and a file; what is said does not.
Quote = Callable[[str], str]
Who = Callable[[str | None], str]
When = Callable[[datetime], str]
Linked = Callable[[str, str], str]


class Words:
    """Says what happened. The same sentences for every medium; only names, quotations and times differ."""

    def __init__(
        self,
        who: Who,
        quote: Quote,
        title: Quote,
        bold: Quote,
        when: When,
        config: Config,
        linked: Linked = lambda _, name: name,
    ) -> None:
        self._who = who
        self._quote = quote
        self._title_words = title
        self._bold = bold
        self._moment = when
        self._config = config
        self._linked = linked

    def say(self, entry: TimelineEntry) -> str:
        """The sentence for an entry; one of an unknown kind is shown rather than hidden."""
        marks = marks_of(entry)
        if is_hidden(entry):
            hiding = next(mark for mark in reversed(marks) if mark["kind"] == HIDDEN)
            return f"Entry {entry.number} is hidden: {self._mark(hiding)}"
        amended = "; ".join(self._mark(mark) for mark in marks if mark["kind"] not in (HIDDEN, SHOWN))
        first = self._at_first(entry)
        return f"{self._sentence(entry)}{f' ({amended}{first})' if amended else ''}"

    def _sentence(self, entry: TimelineEntry) -> str:
        form: Callable[[TimelineEntry, dict[str, Any]], str] | None = getattr(self, f"_{entry.kind}", None)
        return (
            form(entry, entry.data)
            if form
            else f"{entry.kind}: {self._quote(json.dumps(entry.data, ensure_ascii=False))}"
        )

    # -- amendments -------------------------------------------------------------------------------------------

    def _mark(self, mark: dict[str, Any]) -> str:
        """What was done with an entry, by whom and why: "corrected by @ada: a typo"."""
        done = {
            EDITED: "edited in Slack",
            DELETED: "deleted in Slack",
            RETIMED: "time changed",
        }.get(mark["kind"], mark["kind"])
        by = f" by {self._who(mark['by'])}" if mark["by"] and mark["kind"] not in (EDITED, DELETED) else ""
        why = f": {self._quote(mark['why'])}" if mark.get("why") else ""
        return f"{done}{by}{why}"

    def _at_first(self, entry: TimelineEntry) -> str:
        """What an entry said when it was recorded, where that is something else."""
        recorded = standing_of(entry).recorded
        parts = []
        if recorded.occurred_at != entry.occurred_at:
            parts.append(self._moment(recorded.occurred_at))
        if recorded.data.get("text") not in (None, entry.data.get("text")) and not is_redacted(entry):
            parts.append(f"“{self._quote(recorded.data['text'])}”")
        return f"; at first {', '.join(parts)}" if parts else ""

    def _corrected(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} corrected entry {data['entry']}, which says now: {self._quote(data['text'])} ({self._quote(data['why'])})"

    def _retimed(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} moved entry {data['entry']} to {self._when(data['at'])}: {self._quote(data['why'])}"

    def _hidden(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} hid entry {data['entry']}: {self._quote(data['why'])}"

    def _shown(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} took the hiding of entry {data['entry']} back: {self._quote(data['why'])}"

    def _redacted(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} {self._bold('redacted')} entry {data['entry']}, whose words are gone for good: {self._quote(data['why'])}"

    def _message_edited(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"The message of entry {data['entry']} was edited in Slack: {self._quote(data['text'])}{self._files(data)}"

    def _message_deleted(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"The message of entry {data['entry']} was deleted in Slack"

    # -- what people do ---------------------------------------------------------------------------------------

    def _because(self, data: dict[str, Any]) -> str:
        return f": {self._quote(data['text'])}" if data.get("text") else ""

    def _status_name(self, name: str) -> str:
        status = self._config.status(name)
        return status.title.lower() if status else name

    def _role_title(self, name: str) -> str:
        role = self._config.role(name)
        return role.title.lower() if role else name

    def _service_words(self, name: str) -> str:
        return self._title_words(self._config.service_title(name))

    def _declared(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        kind = " private" if data.get("private") else ""
        what = "drill" if data.get("drill") else "incident"
        service = f" on {self._service_words(data['service'])}" if data.get("service") else ""
        summary = f"\n{self._quote(data['summary'])}" if data.get("summary") else ""
        if data.get("retrospective"):
            return f"It began. {self._who(entry.author)} wrote this{kind} {what} down afterwards as {self._bold(data['severity'])}{service}: {self._title_words(data['title'])}{summary}"
        return f"{self._who(entry.author)} declared this{kind} {what} as {self._bold(data['severity'])}{service}: {self._title_words(data['title'])}{summary}"

    def _over(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        """The end of what is written down afterwards."""
        if data["known"]:
            return f"It was {self._bold('over')}, as {self._who(entry.author)} wrote down"
        return f"It was {self._bold('over')} when {self._who(entry.author)} wrote it down; nobody said since when"

    def _status(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} changed the status from {self._title_words(self._status_name(data['before']))} to {self._bold(self._status_name(data['after']))}{self._because(data)}"

    def _reopened(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} reopened it: {self._bold(self._status_name(data['after']))}{self._because(data)}"

    def _resolved(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} {self._bold('resolved')} it{self._because(data)}{self._left_open(data)}"

    def _left_open(self, data: dict[str, Any]) -> str:
        """The tasks that nobody has done yet when it is resolved."""
        left = data.get("open_tasks")
        return f"\n{left} task{' is' if left == 1 else 's are'} still open" if left else ""

    def _closed(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        reason = f" as {self._title_words(data['reason'].lower())}" if data.get("reason") else ""
        instead = f", #{data['instead']} tells of it" if data.get("instead") else ""
        return f"{self._who(entry.author)} {self._bold('closed')} it{reason}{instead}{self._because(data)}"

    def _stands_for(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} closed #{data['other']}, as this one tells of it"

    def _merged(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} {self._bold('merged')} it into #{data['into']}, where it goes on{self._because(data)}"

    def _merged_in(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        moved = data.get("moved", {})
        names = [_moved(what.replace("_", " "), count) for what, count in moved.items()]
        names += [
            f"{self._who(user)} as {self._title_words(self._role_title(role))}"
            for role, user in data.get("roles", {}).items()
        ]
        came = f"\nWith it came {', '.join(names)}." if names else ""
        return f"{self._who(entry.author)} {self._bold('merged')} #{data['other']} into this one: {self._title_words(data['title'])}{self._because(data)}{came}"

    def _related(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} said that #{data['other']} belongs to it"

    def _unrelated(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} said that #{data['other']} does not belong to it"

    def _archived(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} archived the channel"

    def _unarchived(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} opened the channel again"

    def _severity(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        verb = "raised" if data.get("raised") else "lowered"
        return f"{self._who(entry.author)} {verb} the severity from {self._title_words(data['before'])} to {self._bold(data['after'])}{self._because(data)}"

    def _role(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        title = self._bold(self._role_title(data["role"]))
        if data["user"] == entry.author:
            taken = (
                f"{self._who(entry.author)} took over as {title}"
                if data.get("before")
                else f"{self._who(entry.author)} is now {title}"
            )
            return f"{taken} from {self._who(data['before'])}" if data.get("before") else taken
        instead = f" instead of {self._who(data['before'])}" if data.get("before") else ""
        return f"{self._who(entry.author)} made {self._who(data['user'])} {title}{instead}"

    def _handover(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        # Who had a role stands behind it, where that was somebody else; older entries do not say it.
        roles = [
            f"{self._bold(self._role_title(name))}{f' ({self._who(user)})' if user not in (None, entry.author) else ''}"
            for name, user in zip_longest(data["roles"], data.get("before", ()))
        ]
        said = " and ".join(filter(None, (", ".join(roles[:-1]), roles[-1])))
        return (
            f"{self._who(entry.author)} handed {said} over to {self._who(data['user'])}{self._because(data)}"
        )

    def _joined(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(data['user'])} joined"

    def _invited(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        people = [self._who(user) for user in data["users"]]
        said = " and ".join(filter(None, (", ".join(people[:-1]), people[-1])))
        verb = "answers" if len(people) == 1 else "answer"
        return f"Tocsin invited {said}, who {verb} for {self._service_words(data['service'])}"

    def _left(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(data['user'])} left"

    def _update(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        impact = f"\n{self._bold('Impact:')} {self._quote(data['impact'])}" if data.get("impact") else ""
        coming = f"\nThe next one comes {self._when(data['next_at'])}." if data.get("next_at") else ""
        return f"{self._bold('Update')} by {self._who(entry.author)}: {self._quote(data['text'])}{impact}{coming}"

    def _note(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} noted: {self._quote(data['text'])}"

    def _title(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} changed the title from {self._title_words(data['before'])} to {self._title_words(data['after'])}"

    def _summary(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} wrote the summary: {self._quote(data['after'] or '(emptied)')}"

    def _began(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        before = f", and not {self._when(data['before'])}" if data.get("before") else ""
        return f"{self._who(entry.author)} said that the harm began {self._when(data['at'])}{before}"

    def _type(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        if not data.get("after"):
            return f"{self._who(entry.author)} said that it is of no type"
        return f"{self._who(entry.author)} said what it is: {self._bold(self._type_title(data['after']))}"

    def _type_title(self, name: str) -> str:
        known = self._config.type(name)
        return known.shown_name if known else name

    def _fields(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        said = [self._field(name, change) for name, change in data["changes"].items()]
        if data.get("rule"):
            return f"Rule {self._bold(data['rule'])} filled in {'; '.join(said)} ({self._title_words(str(data.get('because')))})"
        return f"{self._who(entry.author)} filled in {'; '.join(said)}"

    def _field(self, name: str, change: dict[str, Any]) -> str:
        label, after, before = self._bold(change["label"]), change.get("after"), change.get("before")
        was = f" (before: {self._value(name, before)})" if before else ""
        return f"{label}: {self._value(name, after) if after else 'nothing any more'}{was}"

    def _value(self, name: str, value: str) -> str:
        return value_words(name, value, self._config, who=self._who, plain=self._title_words)

    def _fields_missing(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        labels = ", ".join(self._title_words(label) for label in data["labels"])
        return f"It is still to be filled in: {labels}. `/incident field` opens the form"

    def _message(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        writer = self._quote(data["app"]) if data.get("app") else self._who(entry.author)
        return f"{writer} wrote: {self._quote(data['text'])}{self._files(data)}"

    def _files(self, data: dict[str, Any]) -> str:
        """Files by their names, as links; what an image shows, where somebody said so."""
        said = []
        for file in data.get("files") or ():
            if isinstance(file, str):  # as it was noted at first, or what a redaction left
                said.append(self._quote(file))
                continue
            shows = f": {self._quote(file['alt'])}" if file.get("alt") else ""
            kind = "image " if file.get("image") else ""
            name = self._linked(file["link"], file["name"]) if file.get("link") else self._quote(file["name"])
            said.append(f"{kind}{name}{shows}")
        return f" [{', '.join(said)}]" if said else ""

    def _backlog_item(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"Item #{data['item']} of the backlog was made of it"

    def _action_item(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        item = f"action item #{data['item']}"
        who = "GitHub" if data.get("via") == "github" else self._who(entry.author)
        title = self._title_words(data["title"])
        return {
            "added": lambda: (
                f"{who} added {self._bold(item)} for {self._who(data['owner'])}, due {self._day(data['due'])}: {title}"
            ),
            "started": lambda: f"{who} began with {item}: {title}",
            "done": lambda: f"{who} did {self._bold(item)}: {title}",
            "dropped": lambda: f"{who} dropped {self._bold(item)}: {title}{self._because(data)}",
            "reopened": lambda: f"{who} reopened {self._bold(item)}: {title}",
            "handed over": lambda: (
                f"{who} handed {item} over from {self._who(data['before'])} to {self._who(data['owner'])}: {title}"
            ),
            "renamed": lambda: f"{who} renamed {item}, {self._title_words(data['before'])}: {title}",
            "due": lambda: (
                f"{who} moved {item} from {self._day(data['before'])} to {self._day(data['due'])}: {title}"
            ),
        }[data["change"]]()

    def _automation(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        place = self._title_words(f"#{data['channel']}") if data.get("channel") else "this channel"
        group = f"@{data.get('group')}"
        tasks = ", ".join(f"#{number}" for number in data.get("tasks", ()))
        action, problem = str(data.get("action")).replace("_", " "), self._quote(str(data.get("problem")))
        said = {
            "message": f"posted in {place}",
            "invite": f"invited {self._title_words(group)}: {_counted(data.get('people', 0))}",
            "tasks": f"added tasks {tasks}",
            "webhook": f"told the webhook {self._title_words(str(data.get('webhook')))}",
            "left_out": f"left out a {action}: {problem}",
            "failed": f"{self._bold('failed')} ({action}): {problem}",
            "gone": "did nothing: it does not stand in app.yaml any more",
        }[data["what"]]
        mend = f" {self._quote(data['mend'])}" if data.get("mend") else ""
        return f"Rule {self._bold(data['rule'])} {said} ({self._title_words(data['because'])}){mend}"

    def _task(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        who, task = self._who(entry.author), self._bold(f"task #{data['task']}")
        title = self._title_words(data["title"])
        user, before = data.get("user"), data.get("before")
        has = "themselves" if user == entry.author else self._who(user)
        instead = f" instead of {self._who(before)}" if before else ""
        return {
            "added": lambda: (
                f"{who} added {task}{f' for {has}' if user else ', which nobody has yet'}: {title}"
            ),
            "taken": lambda: f"{who} took {task}: {title}",
            "given": lambda: f"{who} gave {task} to {has}{instead}: {title}",
            "put back": lambda: f"{who} put {task} back, {self._who(before)} has it no longer: {title}",
            "renamed": lambda: f"{who} renamed {task} from {self._title_words(data['former'])} to {title}",
            "done": lambda: f"{who} did {task}{'' if user == entry.author else f' of {has}'}: {title}",
            "reopened": lambda: f"{who} reopened {task}{f' for {has}' if user else ''}: {title}",
        }[data["change"]]()

    def _link(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        name = f"{self._title_words(data['title'])}: " if data.get("title") else ""
        return f"{self._who(entry.author)} {data['change']} the link {name}{self._quote(data['url'])}"

    def _channel(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"Tocsin made the channel {self._quote('#' + data['name'])}"

    def _channel_renamed(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"Tocsin renamed the channel: {self._quote('#' + data['name'])}"

    def _failed(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._bold('Failed')}: {self._quote(data['what'])} ({self._quote(data['problem'])}). {self._quote(data['mend'])}"

    def _mended(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"Mended: {self._quote(data['what'])}"

    def _given_up(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._bold('Given up')}: {self._quote(data['what'])} ({self._quote(data['problem'])}). {self._quote(data['mend'])}"

    # -- runbooks ---------------------------------------------------------------------------------------------

    def _runbook(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        what = f"posted the steps of the runbook {self._bold(data['title'])}"
        if data.get("rule"):
            return f"Rule {self._bold(data['rule'])} {what} ({self._title_words(str(data.get('because')))})"
        return f"{self._who(entry.author)} {what}"

    def _runbook_step(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        verb = "took back that step" if data.get("undone") else "did step"
        return f"{self._who(entry.author)} {verb} {data['step']} of {self._title_words(data['title'])}{': ' if not data.get('undone') else ' is done: '}{self._quote(data['text'])}"

    def _command(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        name = f"the command {self._bold(data['command'])} of step {data['step']}"
        words = f" ({self._quote(shlex.join(data['argv']))})" if data.get("argv") else ""
        outcome = f": {self._quote(data['outcome'])}" if data.get("outcome") else ""
        output = f"\n{self._quote(data['output'])}" if data.get("output") else ""
        who = self._who(entry.author)
        said = {
            "confirmed": f"{who} ran {name}{words}",
            "asked": f"{who} asked somebody else to approve {name}{words}",
            "approved": f"{who} approved {name}{words}; it runs",
            "declined": f"{who} declined {name}{words}",
            "done": f"Ended well: {name}{outcome}",
            "failed": f"{self._bold('Failed')}: {name}{outcome}",
            "unknown": f"{self._bold('Outcome unknown')}: {name}{outcome}. It is not begun again by itself",
        }[data["what"]]
        return f"{said}{output}"

    # -- alerts -----------------------------------------------------------------------------------------------

    def _alert_name(self, data: dict[str, Any]) -> str:
        service = f" on {self._service_words(data['service'])}" if data.get("service") else ""
        return f"{self._title_words(data['title'])}{service} ({self._title_words(data['integration'])})"

    def _alert(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        seen = (
            f"; expected {self._quote(data['expected'])}, seen {self._quote(data['seen'])}"
            if data.get("expected") and data.get("seen")
            else ""
        )
        return f"{self._bold('Alert')}: {self._alert_name(data)}{seen}; {self._title_words(data['reason'])}"

    def _alert_root(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        before = f", no longer {self._service_words(data['before'])}" if data.get("before") else ""
        return f"{self._bold('Root')}: {self._alert_name(data)}{before}; {self._title_words(data['reason'])}. The alerts before it are its symptoms"

    def _alert_acknowledged(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"Acknowledged where it comes from: {self._alert_name(data)}"

    def _alert_flaps(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._alert_name(data)} flaps: it came back {data['times']} times. Its end is believed once it was quiet"

    def _alert_resolved(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        often = f", after it came {data['count']} times" if data.get("count", 1) > 1 else ""
        return f"Alert resolved: {self._alert_name(data)}{often}"

    def _alerts_over(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        alerts = "Its alert is" if data["count"] == 1 else f"All {data['count']} alerts are"
        return f"{self._bold(alerts + ' resolved')}. The incident stays open until somebody resolves it"

    def _alerts_after_storm(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        alerts = "1 alert" if data["count"] == 1 else f"{data['count']} alerts"
        of = f" of {self._service_words(data['service'])}" if data.get("service") else ""
        return (
            f"The storm is over; {self._bold(alerts + of + ' that it held back')} still fired and belong here"
        )

    def _change(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        where = self._service_words(data["service"])
        link = f" {self._quote(data['link'])}" if data.get("link") else ""
        return f"{self._bold('Change')} on {where} ({self._title_words(data['integration'])}): {self._quote(data['text'])}{link}"

    def _maintenance(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        names = [self._service_words(name) for name in data["services"][:5]]
        names += [f"{len(data['services']) - 5} more"] if len(data["services"]) > 5 else []
        what = f"{self._bold('Maintenance')} #{data['window']} of {', '.join(names) or 'all services'}"
        until = self._when(data["until"])
        silenced = data.get("silenced") or "no"
        said = {
            "began": f"{what} runs until {until}: its new alerts ring nobody, this incident goes on",
            "extended": f"{what} now lasts until {until}",
            "over": f"{what} is over, {silenced} alert{'' if silenced == 1 else 's'} silenced. What still fires rings",
        }[data["what"]]
        by = f" ({self._who(entry.author)})" if entry.author else ""
        return f"{said}{by}{self._because(data)}"

    # -- the review -------------------------------------------------------------------------------------------

    def _review(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        who = self._who(entry.author)
        owner = self._person(str(data["owner"])) if data.get("owner") else "nobody"
        until = f", due {self._when(data['until'])}" if data.get("until") else ""
        step = self._title_words(data["step"]) if data.get("step") else ""
        review = self._bold("Review")
        said = {
            "began": f"{review} begun{until}; {owner} has it",
            "held": f"{review} on hold, as {'it was none' if data.get('none') else 'the incident is open again'}",
            "went_on": f"{review} goes on{until}; what was done for it before is to be done again",
            "owner": f"{who} handed the {review.lower()} to {owner}",
            "step_owner": f"{who} handed “{step}” of the {review.lower()} to {owner}",
            "step_done": f"{review}, “{step}”: done",
            "step_skipped": f"{review}, “{step}”: skipped",
            "step_open": f"{review}, “{step}”: to be done after all",
            "published": f"{who} published version {data.get('version', 1)} of the {review.lower()}",
            "wording_asked": f"{who} had the wording of the {review.lower()} looked at by {self._title_words(str(data.get('model')))} ({self._title_words(str(data.get('host')))})",
            "done": f"{review} done",
            "waived": f"{who} waived the {review.lower()}",
        }.get(data["what"], f"{review}: {self._title_words(data['what'])}")
        by = f" ({who})" if entry.author and data["what"] not in _SAYS_WHO else ""
        return f"{said}{by}{self._because(data)}"

    # -- pages ------------------------------------------------------------------------------------------------

    def _person(self, name: str) -> str:
        """A Slack account, or a name of app.yaml."""
        return self._who(name) if _USER_ID.fullmatch(name) else self._title_words(name)

    def _people(self, names: list[str]) -> str:
        return ", ".join(self._person(str(name)) for name in names) or "nobody"

    def _day(self, on: str) -> str:
        return day(date.fromisoformat(on))

    def _when(self, at: str) -> str:
        return self._moment(datetime.fromisoformat(at))

    def _target(self, to: str) -> str:
        """A target as people read it: "schedule primary", a person by name, a policy by its own."""
        kind, colon, name = to.partition(":")
        if not colon:
            return self._person(to)
        if kind == "person":
            return self._person(name)
        sign = {"group": "@", "channel": "#"}.get(kind)
        return self._title_words(f"{sign}{name}" if sign else f"{kind} {name}")

    def _page_opened(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} asked for page #{data['page']} to {self._target(data['policy'])}: {self._title_words(data['text'])}"

    def _page_waits(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"Page #{data['page']} rings at {self._when(data['until'])} unless somebody has it by then ({self._title_words(data['reason'])})"

    def _paged(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        asked = f", asked for by {self._who(entry.author)}" if entry.author else ""
        people = [
            self._rung(str(name), via) for name, via in zip_longest(data["people"], data.get("via", ()))
        ]
        urgency = f"{data['urgency']} urgency"
        why = data["reason"] if urgency in data["reason"] else f"{data['reason']}; {urgency}"
        return f"{self._bold('Page')} #{data['page']} goes out to {', '.join(people) or 'nobody'}: {self._title_words(why)}{asked}"

    def _rung(self, name: str, via: list[str] | None) -> str:
        """Somebody with the schedule or group that led there, and its reason: "bo (schedule primary: layer weekly)"."""
        target, because = via if via else ("", "")
        if target.partition(":")[0] not in ("schedule", "group") or f"@{target.partition(':')[2]}" == name:
            return self._person(name)
        why = f": {self._title_words(because)}" if because else ""
        return f"{self._person(name)} ({self._target(target)}{why})"

    def _page_state(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        to, by = self._person(str(data.get("to"))), self._method(data["method"])
        said = {
            "accepted": f"{by} accepted page #{data['page']} for {to}",
            "delivered": f"Page #{data['page']} was delivered to {to} by {by}",
            "seen": f"{to} saw page #{data['page']} ({by})",
            "failed": f"{self._bold('Failed')}: page #{data['page']} to {to} by {by}",
            "late": f"{by} has not accepted page #{data['page']} for {to} in time; other methods go out, and it is still tried",
        }.get(data["state"], f"Page #{data['page']} to {to} by {by}: {data['state']}")
        return f"{said}{self._because(data)}"

    def _method(self, method: str) -> str:
        names = {"slack": "Slack", "channel": "Slack", "sms": "SMS", "email": "e-mail", "voice": "the phone"}
        return names.get(method) or self._title_words(method)

    def _page_acknowledged(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        how = f" by {self._title_words(data['how'])}" if data.get("how") else ""
        missing = (
            f"; it goes on until {self._people(data['missing'])} did so too"
            if data.get("missing")
            else ", and nothing rings any more"
        )
        return f"{self._who(entry.author)} {self._bold('acknowledged')} page #{data['page']}{how}{missing}"

    def _page_unacknowledged(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} gave page #{data['page']} back; it begins anew"

    def _page_snoozed(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} snoozed page #{data['page']} until {self._when(data['until'])}"

    def _page_reassigned(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} handed page #{data['page']} to {self._person(str(data['to']))}"

    def _page_asked(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"No progress on page #{data['page']}: {self._who(data.get('user'))} is asked whether they are still on it"

    def _page_confirmed(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._who(entry.author)} is still on page #{data['page']}"

    def _page_nobody(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return f"{self._bold('Nobody')} has taken page #{data['page']} ({self._title_words(data['reason'])}). Tried: {self._people(data['people'])}. Call somebody."

    def _page_resolved(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        why = "" if data["reason"] == "resolved" else f": {self._title_words(data['reason'])}"
        return f"{self._who(entry.author)} {self._bold('resolved')} page #{data['page']}{why}"


def _counted(people: int) -> str:
    """So many people that came in new."""
    return {0: "all take part already", 1: "1 person"}.get(people, f"{people} people")


def _moved(things: str, count: int) -> str:
    """ "1 task", "3 tasks"."""
    return f"{count} {things.removesuffix('s') if count == 1 else things}"


def slack_words(entry: TimelineEntry, config: Config, *, limit: int = 2000) -> str:
    """An entry as mrkdwn, escaped, of about `limit` characters at most; a kept message is linked."""
    said = Words(
        mention,
        lambda text: rich(str(text), limit),
        lambda text: literal(str(text), limit),
        lambda text: f"*{literal(str(text), limit)}*",
        moment,
        config,
        lambda url, name: link(url, shorten(name, 100)),
    ).say(entry)
    permalink = entry.data.get("permalink")
    words = cut(said, limit)
    return f":pushpin: {words} · {link(permalink, 'message')}" if permalink else words


def utc(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else "not yet"

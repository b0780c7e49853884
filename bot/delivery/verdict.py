"""What a failed call means: when to try again, and what a person can do. Pure, with a named reason."""

from dataclasses import dataclass
from datetime import timedelta

from bot.config import Delivery
from bot.delivery.slack import RateLimited, Refused, SlackFailed, Unclear

# After so many failures of Slack itself a row lets those behind it in its lane pass.
PATIENT_ATTEMPTS = 3
# A refusal will not change by itself, only when somebody mends it: look now and then.
REFUSAL_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
# A wait that Slack asks for is not worth an entry on the timeline when it is shorter than this.
SHORT_WAIT = timedelta(seconds=10)
# Slack never asks for longer; an answer that does is not Slack's.
LONGEST_WAIT = timedelta(hours=1)

MENDS = {
    "not_in_channel": "Invite the bot to that channel: type `/invite @Tocsin` there.",
    "channel_not_found": "The bot cannot see that channel. Make it, or type `/invite @Tocsin` there if it is private; `tocsin doctor` checks the configured ones.",
    "is_archived": "That channel is archived. Unarchive it in Slack.",
    "is_inactive": "That channel is archived, and its messages cannot be changed. Unarchive it in Slack.",
    "cannot_unarchive": "Slack lets no bot open an archived channel. Open it in Slack, choose “Unarchive channel”, and type `/invite @Tocsin` there; what waits is said then.",
    "not_authorized": "Slack leaves that to admins, and to whoever made the channel. Ask an admin to do it by hand.",
    "cant_archive_general": "Slack does not let this channel be archived.",
    "missing_scope": "The Slack app lacks a permission. Print the manifest with `tocsin manifest`, paste it into the app's settings and reinstall the app.",
    "not_allowed_token_type": "SLACK_BOT_TOKEN is not a bot token. Take the one that begins with xoxb-.",
    "invalid_auth": "Slack does not accept SLACK_BOT_TOKEN. Copy it again from the app's settings; `tocsin doctor` checks it.",
    "not_authed": "SLACK_BOT_TOKEN is missing. Set it and restart.",
    "token_revoked": "SLACK_BOT_TOKEN was revoked. Reinstall the app and set the new token.",
    "token_expired": "SLACK_BOT_TOKEN has expired. Reinstall the app and set the new token.",
    "account_inactive": "The app was removed from the workspace. Reinstall it and set the new token.",
    "restricted_action": "A setting of the workspace forbids it. A workspace admin can allow it for this app.",
    "user_is_restricted": "A setting of the workspace forbids it. A workspace admin can allow it for this app.",
    "ratelimited": "Slack asks to wait; it goes on by itself.",
    "user_not_found": "Slack does not know this person. Check their entry in app.yaml.",
    "users_not_found": "Slack knows nobody with this e-mail address. Check their entry in app.yaml.",
    "plan_upgrade_required": "The workspace's plan does not have this. Leave it out of app.yaml.",
    "paid_teams_only": "User groups need a paid plan of Slack. Leave `user_group` out of app.yaml.",
    "no_such_subteam": "Slack has no such user group. Make it in Slack (People, User groups), or correct its handle in app.yaml.",
    "permission_denied": "A setting of the workspace forbids it. A workspace admin can let everybody change user groups.",
    "user_team_not_in_channel": "This person is of another workspace, and the channel is not shared with it.",
    "msg_too_long": "The text is longer than Slack takes. Shorten it.",
    "invalid_blocks": "Slack does not accept the layout of this message. Please report it with the log line.",
    "too_many_pins": "The channel has all the pins that Slack allows. Unpin one.",
    "name_taken": "Every name for the channel is taken. Rename or delete an old channel.",
}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Verdict:
    """When to try again, whether the call may have been carried out, and the words for people."""

    reason: str
    wait: timedelta
    problem: str
    mend: str
    doubtful: bool = False
    out_of_lane: bool = False
    is_news: bool = True
    gate: bool = False  # the wait concerns every call of this method, in all processes


def judge(failure: SlackFailed, attempts: int, limits: Delivery) -> Verdict:
    """`attempts` counts this one."""
    if isinstance(failure, RateLimited):
        wait = min(max(failure.wait, timedelta(milliseconds=100)), LONGEST_WAIT)
        return Verdict(
            "slack asks to wait",
            wait,
            "ratelimited",
            MENDS["ratelimited"],
            out_of_lane=wait > SHORT_WAIT,
            is_news=wait > SHORT_WAIT or attempts > 2,
            gate=True,
        )
    if isinstance(failure, Refused):
        wait = REFUSAL_WAITS[min(attempts, len(REFUSAL_WAITS)) - 1]
        mend = failure.mend or MENDS.get(
            failure.code,
            f"{_capital(failure.whom)} refused {failure.method} with “{failure.code}”. `tocsin doctor` may tell more.",
        )
        needed = failure.answer.get("needed")
        if failure.code == "missing_scope" and needed:
            mend = f"The Slack app lacks the permission {needed}. {MENDS['missing_scope'].split('. ', 1)[1]}"
        return Verdict(f"{failure.whom} refused".lower(), wait, failure.code, mend, out_of_lane=True)
    doubtful = isinstance(failure, Unclear) and failure.arrived
    wait = min(limits.retry_first * 2 ** min(attempts - 1, 20), limits.retry_longest)
    return Verdict(
        f"{failure.whom} failed".lower(),
        wait,
        failure.code,
        f"{_capital(failure.whom)} did not answer properly; it is tried again by itself.",
        doubtful=doubtful,
        out_of_lane=attempts >= PATIENT_ATTEMPTS,
    )

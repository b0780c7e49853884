"""What an address of each kind looks like, pure: brought into one form, or refused with words for who typed it."""

import re
from urllib.parse import urlsplit

from bot.core.errors import UserError

_EMAIL = re.compile(r"[^\s@<>|\",;:()]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]{2,}")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LIKE = {
    "email": "ada@example.com",
    "sms": "+49 170 1234567",
    "voice": "+49 170 1234567",
    "pushover": "your user key, 30 letters and digits",
    "telegram": "your chat's number, such as 123456789, which @userinfobot tells",
    "ntfy": "a topic that nobody guesses, or https://ntfy.example.com/topic; with a password https://tk_…@ntfy.example.com/topic",
    "teams": "the address that Teams shows for a workflow, https://….logic.azure.com/…",
    "webhook": "https://example.com/hook",
}
# Microsoft's own: nobody makes us call another machine by naming it here.
_TEAMS_HOSTS = (".logic.azure.com", ".api.powerplatform.com")


def checked_address(kind: str, text: str) -> str:
    """The address as it is kept; raises UserError for what cannot be one."""
    text = text.strip()
    if kind == "email" and _EMAIL.fullmatch(text) and len(text) <= 254:
        return text
    if kind in ("sms", "voice"):
        digits = re.sub(r"[ ()/.-]", "", text)
        if re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
            return digits
    if kind == "pushover" and re.fullmatch(r"[A-Za-z0-9]{30}", text):
        return text
    if kind == "telegram" and re.fullmatch(r"-?[0-9]{3,20}|@[A-Za-z][A-Za-z0-9_]{3,31}", text):
        return text
    if kind == "ntfy":
        if _TOPIC.fullmatch(text):
            text = f"https://ntfy.sh/{text}"
        if _is_http(text) and _TOPIC.fullmatch(urlsplit(text).path.strip("/")) and not urlsplit(text).query:
            return text
    if kind == "webhook" and _is_http(text):
        return text
    if kind == "teams" and _is_http(text) and _is_microsofts(text):
        return text
    raise UserError(f"That is no address for {kind}.", f"It looks like: {_LIKE[kind]}.", field="address")


def _is_microsofts(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and (parts.hostname or "").endswith(_TEAMS_HOSTS)


def _is_http(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and not parts.fragment and text.isascii()

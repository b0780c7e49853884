"""All senders, by the kind of row that they deliver. A test holds this list against what the verbs enqueue."""

from bot.config import Config
from bot.delivery.answers import DeclaredSender, ReplySender
from bot.delivery.exports import ExportSender
from bot.delivery.home import HomeSender
from bot.delivery.incident_channel import BookmarkSender, ChannelSender, InviteSender, PinSender, TopicSender
from bot.delivery.incident_messages import (
    AnnouncementReplySender,
    AnnouncementSender,
    CardSender,
    InstructionsSender,
    PostSender,
)
from bot.delivery.kept_messages import KeepSender
from bot.delivery.own_cards import OwnCardSender
from bot.delivery.own_pages import OwnPageSender
from bot.delivery.page_notices import PageNoticeSender
from bot.delivery.pages import GroupSender, NotifySender, PageMessageSender
from bot.delivery.people import FindPersonSender, LookUpPersonSender, ReadMembersSender
from bot.delivery.sender import Sender
from bot.delivery.twins import TwinSender

SENDERS: tuple[type[Sender], ...] = (
    AnnouncementReplySender,
    AnnouncementSender,
    BookmarkSender,
    CardSender,
    ChannelSender,
    DeclaredSender,
    ExportSender,
    FindPersonSender,
    GroupSender,
    HomeSender,
    InstructionsSender,
    InviteSender,
    KeepSender,
    LookUpPersonSender,
    NotifySender,
    OwnCardSender,
    OwnPageSender,
    PageMessageSender,
    PageNoticeSender,
    PinSender,
    PostSender,
    ReadMembersSender,
    ReplySender,
    TopicSender,
    TwinSender,
)


def senders(config: Config) -> dict[str, Sender]:
    """A sender for each kind."""
    return {sender.kind: sender(config) for sender in SENDERS}

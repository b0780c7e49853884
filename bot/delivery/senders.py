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
from bot.delivery.oncall import (
    GroupProblemSender,
    HandoffSender,
    OverrideSender,
    ReminderSender,
    RequestAnswerSender,
    RequestSender,
    UnreachableSender,
    UserGroupSender,
)
from bot.delivery.own_cards import OwnCardSender
from bot.delivery.pages import AskSender, GroupSender, NobodySender, NotifySender, PageMessageSender
from bot.delivery.people import FindPersonSender, LookUpPersonSender, ReadMembersSender
from bot.delivery.sender import Sender
from bot.delivery.twins import TwinSender

SENDERS: tuple[type[Sender], ...] = (
    AnnouncementReplySender,
    AnnouncementSender,
    AskSender,
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
    NobodySender,
    NotifySender,
    OwnCardSender,
    PageMessageSender,
    PinSender,
    PostSender,
    ReadMembersSender,
    ReplySender,
    TopicSender,
    TwinSender,
    GroupProblemSender,
    HandoffSender,
    OverrideSender,
    ReminderSender,
    RequestAnswerSender,
    RequestSender,
    UnreachableSender,
    UserGroupSender,
)


def senders(config: Config) -> dict[str, Sender]:
    """A sender for each kind."""
    return {sender.kind: sender(config) for sender in SENDERS}

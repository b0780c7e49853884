"""All senders, by the kind of row that they deliver. A test holds this list against what the verbs enqueue."""

from bot.config import Config
from bot.delivery.action_items import ActionReminderSender, GivenSender
from bot.delivery.administration import ConfigNoticeSender
from bot.delivery.alerts import AlertMessageSender, AlertThreadSender, StormSender
from bot.delivery.answers import DeclaredSender, ReplySender
from bot.delivery.automation import RuleInviteSender, RuleMessageSender, RuleWebhookSender
from bot.delivery.backlog import GroomingSender, MatrixSender
from bot.delivery.channel_parts import BookmarkSender, InviteSender, PinSender, TopicSender
from bot.delivery.checks import CheckPictureSender, CheckReportSender, InlinePictureSender
from bot.delivery.contacts import (
    CodeSender,
    ContactSender,
    NobodyBesideSender,
    ProbeSender,
    TrySender,
    UnreadySender,
)
from bot.delivery.digests import (
    DigestAnswerSender,
    DigestDetailsSender,
    DigestPictureSender,
    DigestSender,
)
from bot.delivery.exports import ExportSender
from bot.delivery.handover import HandoverSender
from bot.delivery.home import HomeSender, HomesSender
from bot.delivery.incident_archive import ArchiveSender, UnarchiveByHandSender, UnarchiveSender
from bot.delivery.incident_channel import ChannelSender, RenameSender
from bot.delivery.incident_messages import (
    AmendedPostSender,
    AnnouncementReplySender,
    AnnouncementSender,
    CardSender,
    InstructionsSender,
    PostSender,
)
from bot.delivery.issues import IssueSender
from bot.delivery.kept_messages import KeepSender, RereadSender
from bot.delivery.late_pages import LateNoticeSender, LateRingSender
from bot.delivery.maintenance import MaintenanceMessageSender, MaintenanceReminderSender
from bot.delivery.meetings import MeetingMessageSender, MeetingWordSender
from bot.delivery.missed import MissedSender
from bot.delivery.nudges import NudgeInPersonSender, NudgeSender
from bot.delivery.oncall import (
    CalendarSender,
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
from bot.delivery.own_pages import OwnPageSender
from bot.delivery.page_notices import PageNoticeSender
from bot.delivery.pages import GroupSender, NotifySender, PageMessageSender
from bot.delivery.people import FindPersonSender, LookUpPersonSender, ReadMembersSender
from bot.delivery.planning import DecisionReminderSender, RiskReminderSender
from bot.delivery.plans import PlanFileSender, PlanMessageSender
from bot.delivery.reviews import (
    PublishedReviewSender,
    ReviewCardSender,
    ReviewDocumentSender,
    ReviewExportSender,
    ReviewReminderSender,
)
from bot.delivery.routine_tasks import (
    RoutineMessageSender,
    RoutineOutputSender,
    RoutineReminderSender,
    TaskHandedSender,
)
from bot.delivery.runbooks import ChecklistSender, CommandRunSender, StaleRunbookSender
from bot.delivery.sender import Sender
from bot.delivery.tasks import TasksGivenSender
from bot.delivery.twins import TwinSender
from bot.delivery.user_groups import ReadGroupsSender
from bot.delivery.ways import Ways, WaySender
from bot.delivery.wording import WordingSender

SENDERS: tuple[type[Sender], ...] = (
    ActionReminderSender,
    AlertMessageSender,
    AlertThreadSender,
    AmendedPostSender,
    AnnouncementReplySender,
    AnnouncementSender,
    ArchiveSender,
    BookmarkSender,
    CalendarSender,
    CardSender,
    ChannelSender,
    CheckPictureSender,
    CheckReportSender,
    ChecklistSender,
    CommandRunSender,
    ConfigNoticeSender,
    InlinePictureSender,
    CodeSender,
    ContactSender,
    DecisionReminderSender,
    DeclaredSender,
    DigestAnswerSender,
    DigestDetailsSender,
    DigestPictureSender,
    DigestSender,
    ExportSender,
    FindPersonSender,
    GivenSender,
    GroomingSender,
    GroupProblemSender,
    GroupSender,
    HandoffSender,
    HandoverSender,
    HomeSender,
    HomesSender,
    InstructionsSender,
    InviteSender,
    IssueSender,
    KeepSender,
    LateNoticeSender,
    LateRingSender,
    LookUpPersonSender,
    MaintenanceMessageSender,
    MaintenanceReminderSender,
    MatrixSender,
    MeetingMessageSender,
    MeetingWordSender,
    MissedSender,
    NobodyBesideSender,
    NotifySender,
    NudgeInPersonSender,
    NudgeSender,
    OverrideSender,
    OwnCardSender,
    OwnPageSender,
    PageMessageSender,
    PageNoticeSender,
    PinSender,
    PlanFileSender,
    PlanMessageSender,
    PostSender,
    ProbeSender,
    ReadGroupsSender,
    ReadMembersSender,
    ReminderSender,
    ReplySender,
    RequestAnswerSender,
    RequestSender,
    RereadSender,
    PublishedReviewSender,
    ReviewCardSender,
    ReviewDocumentSender,
    ReviewExportSender,
    ReviewReminderSender,
    RenameSender,
    RiskReminderSender,
    RoutineMessageSender,
    RoutineOutputSender,
    RoutineReminderSender,
    RuleInviteSender,
    RuleMessageSender,
    RuleWebhookSender,
    StaleRunbookSender,
    StormSender,
    TaskHandedSender,
    TasksGivenSender,
    TopicSender,
    TrySender,
    TwinSender,
    UnarchiveByHandSender,
    UnarchiveSender,
    UnreachableSender,
    UnreadySender,
    UserGroupSender,
    WordingSender,
)


def senders(config: Config, ways: Ways) -> dict[str, Sender]:
    """A sender for each kind."""
    return {
        sender.kind: sender(config, ways) if issubclass(sender, WaySender) else sender(config)
        for sender in SENDERS
    }

"""What the planning interview asks: ten areas, each with its question, what else to think of, and what often follows.

This is data. `words` are looked for in an answer, from the beginning of its words: a hint of which none is there has
not been spoken of. `tasks` are proposed where the answer, or the area as a whole, calls for them.
"""

from dataclasses import dataclass

from bot.backlog.rows import DEBT, FEATURE, PROCESS
from bot.routine.rhythms import DAILY, FORTNIGHTLY, MONTHLY, QUARTERLY, WEEKLY, YEARLY
from bot.routine.risk_rows import QUALITY, RESOURCE, SCHEDULE, TECHNICAL


@dataclass(frozen=True)
class Hint:
    """Something to think of."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """Something that is done again and again."""

    name: str
    title: str
    cadence: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Area:
    """One of the ten. `item_kind` and `risk_kind` are of what is made from its answer."""

    name: str
    title: str
    question: str
    hints: tuple[Hint, ...]
    tasks: tuple[Task, ...]
    item_kind: str = PROCESS
    risk_kind: str = QUALITY


AREAS = (
    Area(
        "operations",
        "Running it day by day",
        "What is done every day and every week to keep the service healthy, and who finds out what to do when it is not?",
        (
            Hint("the daily rounds", ("daily", "day", "morning", "round")),
            Hint("maintenance that comes again", ("maint", "routine", "weekly", "monthly")),
            Hint("how one sees that it is healthy", ("health", "monitor", "check", "dashboard")),
            Hint("keeping it fast", ("fast", "perform", "slow", "latenc")),
            Hint("finding the cause of trouble", ("trouble", "debug", "diagnos", "cause", "log")),
            Hint("what to do in an emergency", ("emergenc", "incident", "outage", "page", "call")),
        ),
        (
            Task("daily-rounds", "Look at errors, queues and failed jobs", DAILY, ("daily", "day", "round")),
            Task(
                "runbook-review",
                "Read the runbooks and mend what is outdated",
                QUARTERLY,
                ("runbook", "document"),
            ),
        ),
        risk_kind=RESOURCE,
    ),
    Area(
        "releases",
        "Versions and releases",
        "How is a change numbered, released and, if need be, taken back?",
        (
            Hint("what a version number says", ("semantic", "semver", "version", "number")),
            Hint("how often there is a release, and who plans it", ("cycle", "release", "sprint", "week")),
            Hint("who agrees to a change", ("approv", "review", "change", "agree")),
            Hint("switches for unfinished features", ("flag", "toggle", "switch")),
            Hint("taking a release back", ("roll", "revert", "back", "undo")),
            Hint(
                "who is told, and where it is written", ("announce", "notes", "changelog", "tell", "document")
            ),
        ),
        (
            Task(
                "rollback-drill",
                "Take a release back in a drill, and time it",
                QUARTERLY,
                ("roll", "revert", "back"),
            ),
            Task("flag-cleanup", "Remove switches that nobody needs any more", MONTHLY, ("flag", "toggle")),
        ),
        risk_kind=SCHEDULE,
    ),
    Area(
        "data",
        "Databases and data",
        "How is data backed up, changed in shape, checked and, one day, deleted?",
        (
            Hint("backups and getting them back", ("backup", "backed", "restor", "recover", "snapshot")),
            Hint("changes of the schema", ("migrat", "schema")),
            Hint(
                "what is archived and deleted, and when", ("archiv", "delet", "clean", "retention", "purge")
            ),
            Hint("slow queries and full disks", ("quer", "index", "vacuum", "slow", "disk", "perform")),
            Hint("how one knows that data is right", ("integrit", "valid", "consisten", "checksum")),
            Hint("what law and auditors ask for", ("complian", "audit", "gdpr", "privacy", "law")),
        ),
        (
            Task(
                "backup-check",
                "Look whether last night's backup is there and complete",
                DAILY,
                ("backup", "snapshot"),
            ),
            Task(
                "restore-test",
                "Restore a backup and look at the data",
                WEEKLY,
                ("restor", "recover", "backup"),
            ),
            Task(
                "data-cleanup",
                "Delete what is past its time",
                MONTHLY,
                ("archiv", "delet", "clean", "retention"),
            ),
        ),
        item_kind=DEBT,
        risk_kind=TECHNICAL,
    ),
    Area(
        "security",
        "Security",
        "How do holes become known and mended, and who may do what?",
        (
            Hint("how fast patches are applied", ("patch", "update", "upgrade")),
            Hint("looking for holes", ("vulnerab", "scan", "pentest", "penetration", "cve")),
            Hint("what rules must be kept", ("complian", "audit", "iso", "soc", "gdpr", "rule")),
            Hint("seeing an attack", ("monitor", "alert", "detect", "intrusion", "attack")),
            Hint("what to do in a breach", ("breach", "incident", "respon", "leak")),
            Hint("what people must know", ("train", "aware", "phish")),
            Hint("personal data", ("personal", "privacy", "gdpr", "consent")),
        ),
        (
            Task("patch-day", "Apply what patches there are", WEEKLY, ("patch", "update", "upgrade")),
            Task(
                "credential-rotation",
                "Change keys and passwords",
                MONTHLY,
                ("key", "password", "credential", "secret", "rotat"),
            ),
            Task(
                "access-review",
                "Look who may do what, and take away what nobody needs",
                QUARTERLY,
                ("access", "permission", "role", "review"),
            ),
        ),
        item_kind=DEBT,
        risk_kind=TECHNICAL,
    ),
    Area(
        "performance",
        "Speed and growth",
        "How do you notice that it becomes slow or full, and what do you do before people notice?",
        (
            Hint("what is measured", ("measur", "monitor", "metric", "latenc", "p95", "p99")),
            Hint("who makes it faster, and when", ("optimi", "tun", "profil", "improv")),
            Hint("when more machines are needed", ("capacit", "scal", "forecast", "grow")),
            Hint("what it costs, and what is wasted", ("cost", "resource", "budget", "waste", "usage")),
            Hint("tests under load", ("load", "stress", "benchmark")),
            Hint("what is done when it is too slow", ("procedure", "limit", "threshold", "target", "slo")),
        ),
        (
            Task(
                "capacity-review",
                "Compare growth with what there is room for",
                MONTHLY,
                ("capacit", "scal", "grow", "forecast"),
            ),
            Task(
                "load-test",
                "Test it under the load of the busiest day, and more",
                QUARTERLY,
                ("load", "stress", "benchmark"),
            ),
            Task(
                "slo-review",
                "Look at the objectives and their budgets",
                QUARTERLY,
                ("slo", "objective", "target"),
            ),
        ),
        item_kind=DEBT,
        risk_kind=TECHNICAL,
    ),
    Area(
        "rollout",
        "New features and their users",
        "How do new features reach people, and how do you learn whether they help?",
        (
            Hint("a few first, then more", ("phase", "canary", "percent", "beta", "pilot", "gradual", "few")),
            Hint("what people must learn", ("train", "document", "guide", "tutorial", "learn")),
            Hint("whether it is used", ("adopt", "track", "analytic", "usage", "metric")),
            Hint("what people say of it", ("feedback", "survey", "ask", "interview")),
            Hint("what is made better after", ("improv", "iterat", "optimi", "follow")),
            Hint(
                "who tells people, and who helps them",
                ("communicat", "announce", "support", "newsletter", "tell"),
            ),
        ),
        (
            Task(
                "adoption-review",
                "Look which features are used, and by whom",
                MONTHLY,
                ("adopt", "usage", "track", "analytic"),
            ),
            Task(
                "feedback-round",
                "Read what users said, and put it into the backlog",
                FORTNIGHTLY,
                ("feedback", "survey"),
            ),
        ),
        item_kind=FEATURE,
        risk_kind=SCHEDULE,
    ),
    Area(
        "recovery",
        "When all is lost",
        "How does the service come back when a machine, a database or a whole place is gone, and how long may it take?",
        (
            Hint("copies in another place", ("backup", "copy", "copies", "archiv", "offsite", "region")),
            Hint("the steps to bring it back", ("step", "recover", "restor", "rebuild", "runbook")),
            Hint(
                "how long it may take and how much may be lost",
                ("rto", "rpo", "hour", "minute", "lost", "loss"),
            ),
            Hint("how work goes on meanwhile", ("continu", "manual", "fallback", "meanwhile")),
            Hint("whether it was ever tried", ("test", "drill", "exercise", "tried", "rehears")),
            Hint("who leads and who is told", ("lead", "coordinat", "who", "call", "communicat", "tell")),
        ),
        (
            Task(
                "disaster-drill",
                "Bring the service back from nothing, in a drill",
                QUARTERLY,
                ("drill", "disaster", "exercise", "test"),
            ),
            Task(
                "recovery-plan-review",
                "Read the recovery plan: are names and steps still right?",
                YEARLY,
                ("plan", "step", "runbook"),
            ),
        ),
        risk_kind=TECHNICAL,
    ),
    Area(
        "support",
        "Help for users",
        "Where do users go when they are stuck, and what do they find there?",
        (
            Hint("who answers, and when", ("help", "desk", "support", "answer", "hours")),
            Hint("guides to read", ("guide", "document", "faq", "wiki", "manual")),
            Hint("training", ("train", "course", "video", "onboard")),
            Hint("how requests are kept track of", ("ticket", "queue", "track", "issue")),
            Hint("what becomes of complaints", ("feedback", "complain", "improv")),
            Hint("how good the help is", ("metric", "satisf", "time", "measure", "csat")),
        ),
        (
            Task(
                "support-review",
                "Look at requests: which come again, and what would spare them?",
                MONTHLY,
                ("ticket", "request", "support", "desk"),
            ),
            Task(
                "documentation-review",
                "Read the guides and mend what is outdated",
                QUARTERLY,
                ("document", "guide", "faq", "wiki"),
            ),
        ),
        risk_kind=RESOURCE,
    ),
    Area(
        "monitoring",
        "Monitoring and alerts",
        "How do alerts stay few, true and worth waking up for?",
        (
            Hint("rules that are tuned or dropped", ("tun", "rule", "threshold", "drop")),
            Hint("the monitoring's own updates", ("update", "upgrade", "version", "system")),
            Hint("what monitoring costs", ("cost", "perform", "storage", "cardinal")),
            Hint("alerts that nobody acts on", ("fatigue", "noise", "false", "nobody", "ignore", "flap")),
            Hint("what was noticed too late", ("late", "missed", "effect", "gap", "cover")),
            Hint("who looks after it", ("review", "improv", "owner", "who")),
        ),
        (
            Task(
                "alert-review",
                "Go through /ops alerts and tune what rang for nothing",
                WEEKLY,
                ("noise", "tun", "fatigue", "false", "alert"),
            ),
            Task(
                "monitoring-gaps",
                "Look which incidents no alert told of",
                MONTHLY,
                ("late", "missed", "gap", "cover"),
            ),
        ),
        item_kind=DEBT,
        risk_kind=QUALITY,
    ),
    Area(
        "roadmap",
        "The years to come",
        "What should the service be in two years, and what stands in the way?",
        (
            Hint("which features come next", ("feature", "roadmap", "next", "quarter")),
            Hint(
                "technology that grows old",
                ("technolog", "upgrade", "replace", "legacy", "old", "end of life"),
            ),
            Hint("how it serves the company's aims", ("strateg", "aim", "goal", "business", "company")),
            Hint(
                "people and machines that are needed",
                ("people", "team", "hire", "capacit", "budget", "resource"),
            ),
            Hint("what is tried out", ("innovat", "experiment", "try", "prototype")),
            Hint("how it stays worth its cost", ("sustain", "cost", "long", "retire")),
            Hint(
                "if it uses AI: consent, openness, bias, quality over time",
                ("ai", "model", "bias", "consent"),
            ),
        ),
        (
            Task(
                "roadmap-review",
                "Look at the roadmap: what came, what changed, what is next?",
                QUARTERLY,
                ("roadmap", "feature", "plan", "strateg"),
            ),
        ),
        item_kind=FEATURE,
        risk_kind=SCHEDULE,
    ),
)

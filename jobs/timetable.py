"""What runs when: one list for the in-process thread, for `lanshou cron`, and for whoever wants to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A task of tasks.py and how often it is due, in seconds."""

    task: str
    every: int


TIMETABLE = (
    Entry("sweep", 2),  # deadlines, holds, proofs: lag from deadline to suspicion (RELIABILITY G-05)
    Entry("feedback", 2),  # whatever a lost door-bell would have sent (DESIGN law 14)
    Entry("warn", 5),  # steps of the ladder before a deadline (DO-8)
    Entry("notify", 2),  # e-mail, SMS and WeCom of the notify door
    Entry("link_audit", 5),  # the chain over the audit (I-22)
    Entry("presence", 60),  # silent stations (DUTY-3)
    Entry("desks", 60),  # rows of change numbers become one a station (decision 17)
    Entry("areas", 60),  # findings about service areas, after a change of the network only
    Entry("pace", 3600),  # yesterday's waiting, once it is over (DO-8)
    Entry("ledger_daily", 600),  # yesterday's head of the chain, once the day is over (RELIABILITY D7)
    Entry("notices", 60),  # Monday's notice and supplements, unless HQ was earlier (NOTICE-1)
    Entry("standings", 3600),  # how the running month stands (REWARD-2, REFUND-1)
    Entry("rehearse", 5),  # drafts of the rulebook on a period that is over
    Entry("appeals", 60),  # what a province was silent about goes to HQ (APPEAL-2)
    Entry("retention", 3600),  # personal data whose time is over; works by night only (RELIABILITY 11.3)
    Entry("reports", 5),  # reports asked for, Monday's and the 5th's, and who gets them (DAY-1); a process of their own
    Entry("memory", 300),  # votes and proposals: nobody waits for them
)

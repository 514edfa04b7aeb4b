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
    Entry("notify", 2),  # e-mail and SMS of the notify door
    Entry("presence", 60),  # silent stations (DUTY-3)
    Entry("areas", 60),  # findings about service areas, after a change of the network only
    Entry("pace", 3600),  # yesterday's waiting, once it is over (DO-8)
    Entry("memory", 300),  # votes and proposals: nobody waits for them
)

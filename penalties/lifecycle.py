"""The life of a case as one table (VIO-4): what is not listed is refused."""

from basics.steps import Table
from basics.words import CaseState

CONFIRM, DISMISS, DISPROVE, SUSPECT, OVERTURN = "confirm", "dismiss", "disprove", "suspect", "overturn"

C = CaseState
CASE: Table[CaseState] = {
    (C.SUSPECTED, CONFIRM): C.CONFIRMED,
    (C.SUSPECTED, DISMISS): C.DISMISSED,
    (C.SUSPECTED, DISPROVE): C.CLEARED,  # news came before anybody decided
    (C.CONFIRMED, DISPROVE): C.OVERTURNED,  # and its fine is reversed
    (C.CONFIRMED, OVERTURN): C.OVERTURNED,  # an appeal was heard (APPEAL-2), so is the fine
    (C.CLEARED, SUSPECT): C.SUSPECTED,  # later news took the disproof back
}

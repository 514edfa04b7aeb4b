"""An evidence pack for one who judges the case again without knowing what the first one said (VIO-4)."""

from typing import Any

from basics.words import CaseState
from web.pack.contents import shown_until
from web.pack.contradictions import contradictions
from web.words import word

TOLD_OF_OUTCOME = ("notice", "appeal", "money", "ledger")


def without_outcome(pack: dict[str, Any]) -> dict[str, Any]:
    """As it was before anybody decided: no verdict, no steps, no notice, nothing that was told of them."""
    state = word("case", CaseState.SUSPECTED)
    open_again = {
        "state": CaseState.SUSPECTED.value, "state_zh": state.chinese, "state_en": state.english, "steps": [],
    }  # fmt: skip
    told = [one for one in pack["messages"] if one["kind"] not in TOLD_OF_OUTCOME]
    blind = pack | {"suspicion": pack["suspicion"] | open_again, "notices": [], "messages": told}
    blind = {name: value for name, value in blind.items() if name not in ("contradictions", "shown_until")}
    return blind | {"shown_until": shown_until(blind), "contradictions": contradictions(blind)}

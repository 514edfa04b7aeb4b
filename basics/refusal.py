"""A refusal is a value: batches go on, and each item says why it was turned down."""

from dataclasses import dataclass

# The order is that of REPLAY.md: where two codes fit, the earlier one stands.
CODES = (
    "bad_event", "order_unknown", "station_unknown", "not_holder", "not_allowed_in_state", "not_at_data_centre",
    "station_not_accepting", "same_station", "order_already_accepted", "already_picked_up", "already_closed",
    "reason_unknown", "waybill_invalid", "waybill_in_use", "waybill_locked", "waybill_conflict", "waybill_required",
    "no_open_suspicion", "not_confirmed", "not_published", "appeal_period_over", "already_appealed", "province_first",
    "no_open_appeal", "week_not_over", "month_not_over", "not_supported_yet",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one item of a batch changed nothing. `code` is stable, `message` is zh-CN with English beside."""

    code: str
    message: str
    field: str | None = None

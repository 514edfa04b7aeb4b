"""Which class of refusal a code is, whatever the dialect: the HTTP status says it too (RELIABILITY section 7)."""

from channels import json_gate, xml_gate
from channels.form_gate import WORDS as FORM_WORDS

BUSY, INTERNAL = "busy", "internal_error"
# Refusals that hang on how the channel is set up: an administrator may mend that, so they are never the last word.
BY_SET_UP = frozenset({"provider_unknown", "target_forbidden"})
# A passing one: the channel should try again.
PASSING = frozenset({BUSY, INTERNAL})

_STATUS = {
    **dict.fromkeys((*json_gate.WORDS, *xml_gate.WORDS, *FORM_WORDS), 400),
    "ciphertext_invalid": 400,
    **dict.fromkeys(("credential_unknown", "signature_missing", "signature_invalid", "appid_mismatch"), 401),
    **dict.fromkeys(("timestamp_invalid", "timestamp_out_of_window"), 401),
    "source_not_allowed": 403,
    "method_not_allowed": 405,
    **dict.fromkeys(("idempotency_mismatch", "order_already_accepted", "already_picked_up", "already_closed"), 409),
    **dict.fromkeys(("waybill_in_use", "waybill_locked", "waybill_conflict"), 409),
    **dict.fromkeys(("body_too_large", "batch_too_large"), 413),
    **dict.fromkeys(("media_type_unsupported", "encoding_unsupported"), 415),
    INTERNAL: 500,
    BUSY: 503,
}


def status_of(code: str) -> int:
    """400 form, 401 who, 403 from where, 409 state, 413 and 415 size and kind, 5xx try again.

    Everything else is 422: understood, and not to be done.
    """
    return _STATUS.get(code, 422)


def is_passing(code: str) -> bool:
    """Whether the same message may be taken later."""
    return code in PASSING

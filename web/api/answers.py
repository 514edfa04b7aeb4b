"""How the API says what became of acts: a single refusal is a problem, many have an answer each."""

from collections.abc import Collection, Sequence

from basics.refusal import Refusal
from web.api.fields import Given
from web.console import acting
from web.errors import FieldError, Problem


class Refused(Given):
    """Why an item changed nothing."""

    code: str
    message: str
    field: str | None


class Answer(Given):
    """What became of one item; `refusal` null when it was done. `logistics_no` is empty for what one may not see."""

    order_id: int
    logistics_no: str
    done: bool
    refusal: Refused | None


class Answers(Given):
    """One answer an item, in their order."""

    results: list[Answer]


def answers(results: Sequence[acting.Result]) -> Answers:
    """Row by row."""
    return Answers(
        results=[
            Answer(
                order_id=one.order_id,
                logistics_no=one.number,
                done=one.refusal is None,
                refusal=told(one.refusal),
            )
            for one in results
        ]
    )


def told(refusal: Refusal | None) -> Refused | None:
    """A refusal as data."""
    return None if refusal is None else Refused.model_validate(refusal)


def refused(refusal: Refusal, status: int = 0) -> Problem:
    """A single refusal as a problem; what is not there is not found, whatever it was called."""
    status = status or acting.status_of(refusal)
    if status == 404:
        return Problem("not_found")
    errors = (FieldError(refusal.field, refusal.code),) if refusal.field else ()
    return Problem(refusal.code, refusal.message, status=status, errors=errors)


def among(name: str, given: str, words: Collection[str]) -> str:
    """A word out of a list that changes with the rulebook or the network; empty when nothing was chosen."""
    if given and given not in words:
        raise Problem("invalid", errors=(FieldError(name, "unknown"),))
    return given

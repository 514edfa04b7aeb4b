"""What a person decides about messages that were not delivered (CHAN-4), and messages to people (CHAN-7)."""

from datetime import timedelta

from sqlalchemy import Connection

from channels import queries
from channels.actions import set_channel
from channels.feedback import Outcome, Reply
from channels.outbox.actions import claim_due, give_up, mark, queue_feedback, send_again
from channels.outbox.queries import all_stuck, listed, these
from tests.channels.test_outbox import MASTER, NOW, come_to, ids, row, set_up

__all__ = ["set_up"]


def test_f_47_a_refused_message_is_parked_with_its_answer_until_a_person_sends_it_again(
    set_up: Connection,
) -> None:
    queue_feedback(set_up, [row(1), row(1, "picked_up")])
    mark(set_up, come_to(claim_due(set_up, NOW, 10), Outcome.REFUSED, Reply(400, "S05 ¿qué?")), NOW)
    (parked,) = listed(set_up).rows
    assert (parked.last_status, parked.last_answer, parked.attempts) == (400, "S05 ¿qué?", 1)
    later = NOW + timedelta(days=9)
    assert claim_due(set_up, later, 10) == []  # in order: what follows waits
    assert send_again(set_up, these([parked.id]), "赵敏", later) == 1
    assert send_again(set_up, these([parked.id]), "赵敏", later) == 0
    mark(set_up, come_to(claim_due(set_up, later, 10), Outcome.DELIVERED), later)
    assert ids(claim_due(set_up, later, 10)) == ["fb_1_2"]
    assert [one.state for one in queries.told(set_up, [1])] == ["sent", "waiting"]


def test_chan_4_what_a_person_gives_up_holds_nothing_back(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1), row(1, "picked_up")])
    mark(set_up, come_to(claim_due(set_up, NOW, 10), Outcome.REFUSED, Reply(400, "S05")), NOW)
    (parked,) = listed(set_up).rows
    later = NOW + timedelta(hours=1)
    assert give_up(set_up, these([parked.id]), "赵敏", later) == 1
    assert give_up(set_up, these([parked.id]), "赵敏", later) == 0
    assert send_again(set_up, these([parked.id]), "赵敏", later) == 0  # what follows may be told already
    gone = queries.told(set_up, [1])[0]
    assert (gone.state, gone.handled_by, gone.handled_at, gone.last_answer) == ("given_up", "赵敏", later, "S05")
    assert ids(claim_due(set_up, later, 10)) == ["fb_1_2"]


def test_chan_4_a_person_hurries_what_is_put_off_but_not_what_is_being_sent(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1), row(2, channel="website")])
    claimed = claim_due(set_up, NOW, 10, "crm")
    mark(set_up, come_to(claimed, Outcome.LATER, Reply(503, "")), NOW)
    on_its_way = claim_due(set_up, NOW, 10, "website")
    assert send_again(set_up, all_stuck(NOW), "赵敏", NOW) == 1
    assert claim_due(set_up, NOW, 10, "website") == [] and len(on_its_way) == 1


def test_chan_7_messages_to_senders_and_to_the_channel_do_not_wait_for_each_other(set_up: Connection) -> None:
    """And what is parked for a sender holds back nothing: told late is better than never."""
    set_channel(set_up, MASTER, "sms", {"feedback_url": "https://sms.example/"}, NOW)
    told = {"to": "13800138000", "text": "…"}
    sms = {"order_id": 1, "region": "", "channel": "sms", "kind": "received", "payload": told, "at": NOW}
    queue_feedback(set_up, [sms | {"parked": "not_set_up"}, sms, row(1), sms])
    assert ids(claim_due(set_up, NOW, 10)) == ["fb_1_2", "fb_1_3"]
    (parked,) = listed(set_up).rows
    assert (parked.seq, parked.last_answer, parked.next_at) == (1, "not_set_up", None)

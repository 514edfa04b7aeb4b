"""DO-3: the sender of an accepted order without a number is asked for it; who can be asked, and how often. Pure."""

from datetime import datetime, timedelta

from basics.refusal import Refusal
from channels.sender_texts import Telling, way_to

PAUSE = timedelta(hours=4)  # between two reminders (docs/readings.md)
WORDS = {
    "reminded_lately": "4 小时内已提醒过,请稍后再提醒 / Reminded within the last 4 hours; wait before the next one",
    "channel_cannot": "该渠道的寄件人不由本系统通知,请致电 / Senders of this channel are not told by us: please call",
    "sender_unreachable": "寄件人没有可用的手机号或邮箱,请致电 / No mobile number or e-mail address: please call",
    "way_not_set_up": "短信或邮件尚未设置,请致电寄件人 / SMS and e-mail are not set up: please call",
}


def refusal(
    telling: Telling, channel: str, online: bool, sender: dict[str, object], last: datetime | None, now: datetime
) -> Refusal | None:
    """Why this sender cannot be reminded now; None when he can. The instant 4 hours after the last one is in time."""
    code = ""
    way = way_to(sender, telling.ways)
    if not telling.wanted(channel, online):
        code = "channel_cannot"
    elif way is None:
        code = "sender_unreachable"
    elif way[0] not in telling.ways:
        code = "way_not_set_up"
    elif last is not None and now < last + PAUSE:
        code = "reminded_lately"
    return Refusal(code, WORDS[code]) if code else None

"""The list of channels: a new one is one file and one line here (CHAN-1)."""

from channels import alipay, cainiao, crm, kuaidi100, mail, sms, touchpal, website, wechat, wecom
from channels.adapter import Adapter, Outbound

ADAPTERS: dict[str, Adapter] = {
    adapter.channel: adapter
    for adapter in (
        cainiao.ADAPTER,
        kuaidi100.ADAPTER,
        crm.ADAPTER,
        wechat.ADAPTER,
        website.ADAPTER,
        touchpal.ADAPTER,
        alipay.ADAPTER,
    )
}
CHANNELS = tuple(ADAPTERS)

# Orders that staff type in come by no channel (CHAN-2, CHAN-7).
STAFF, STAFF_PREFIX = "staff", "LS"
STAFF_TITLE = ("人工录入", "typed in")
SOURCES = (*CHANNELS, STAFF)  # whatever an order can have come by

# Senders are told by these (CHAN-7).
SENDERS: dict[str, Outbound] = {out.name: out for out in (sms.OUT, mail.OUT)}
SENDER_TITLES = {"sms": ("短信", "SMS"), "email": ("邮件", "e-mail")}
# Stations, provinces, HQ and finance are told by these; a message that comes after its time is none.
WAYS: dict[str, Outbound] = SENDERS | {wecom.OUT.name: wecom.OUT}
WAY_TITLES = SENDER_TITLES | {wecom.WECOM: wecom.TITLE}
OUTBOUND: dict[str, Outbound] = {name: adapter.out for name, adapter in ADAPTERS.items()} | WAYS


def _prefixes() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {STAFF_PREFIX: (STAFF,)}
    for adapter in ADAPTERS.values():
        for prefix in adapter.prefixes:
            found[prefix] = (*found.get(prefix, ()), adapter.channel)
    return found


PREFIXES = _prefixes()  # how numbers begin -> whose they may be


def prefix_fits(channel: str, logistics_no: str) -> bool:
    """CHAN-1: the longest known prefix of the number is one of the channel's."""
    known = [prefix for prefix in PREFIXES if logistics_no.startswith(prefix)]
    return bool(known) and channel in PREFIXES[max(known, key=len)]

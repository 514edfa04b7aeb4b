"""What evidence an appeal against each kind of violation lives by, in words (APPEAL-1, VIO-1, VIO-2). Pure."""

from collections.abc import Sequence

Asked = tuple[str, str]  # Chinese, English

CLOSURE = ("停业获准的记录或当日停电、封路等外因证明", "a granted closure, or proof of what kept you from working")
OUTAGE = ("系统无法登录或接单的截图(须见时间)", "a picture, with its time, of the system failing")
CALLS = ("与寄件人的通话记录(号码请遮挡)", "the record of calls with the sender, number covered")
CHAT = ("客户改期或同意的聊天、短信截图(个人信息请遮挡)", "the customer's word to come later, personal data covered")
SLIP = ("运单底联照片", "a photo of the waybill slip")
SCAN = ("揽收扫描记录或扫描设备日志", "the pickup scan, or the log of the device")

ACCEPTED: dict[str, tuple[Asked, ...]] = {
    "V-ACCEPT": (OUTAGE, CLOSURE, ("接单时间早于系统记录的截图", "a picture of an earlier accept than is recorded")),
    "V-PICKUP": (SCAN, SLIP, CHAT, CLOSURE),
    "V-FALSE-FAIL": (CALLS, CHAT, ("取件地址或物品的现场照片", "a photo of the place or of the goods")),
    "V-FALSE-WAYBILL": (SLIP, SCAN, ("运单号录错的说明及正确运单号", "how the number was mistyped, and the right one")),
    "V-WRONG-ACCEPT": (
        CALLS,
        ("接单时范围内、后被改址的证明", "proof that the address was changed after the accept"),
        SLIP,
    ),
    "V-TRANSFER": (
        ("取件点属于对方网点的地图或范围截图", "a map showing that the point is the other station's"),
        ("对方网点同意接收的记录", "the other station's consent"),
        OUTAGE,
    ),
}
# Of a kind that a later edition names.
GENERAL: tuple[Asked, ...] = (
    ("能说明当时情况的截图、照片或记录(须见时间)", "pictures or records, with their time, that show what happened"),
    ("第三方出具的书面证明", "a written statement of somebody else"),
)


def accepted(kind: str) -> Sequence[Asked]:
    """What is looked for in an appeal against this kind; a general text for kinds not known here."""
    return ACCEPTED.get(kind, GENERAL)

"""What headquarters and the province are told of somebody who looks behind the mask very often (RELIABILITY 11.3)."""

from datetime import datetime

from basics.days import SHANGHAI
from notify.messages import HQ, PROVINCE, Message
from people.access import Actor


def look_alerts(actor: Actor, looks: int, now: datetime, stopped: bool) -> list[Message]:
    """To HQ and to the province of the person, once a person and hour; once more when the limit stopped him."""
    to = [(HQ, "")] + ([(PROVINCE, actor.province)] if actor.province else [])
    hour = now.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H")
    subject = f"{actor.name}{f'({actor.station})' if actor.station else ''}"
    subject += " 频繁查看客户完整信息 / many looks behind the mask"
    said = f"5 分钟内查看 {looks} 次 / {looks} looks in five minutes"
    if stopped:
        said = "一小时内已达 100 次,已停止查看 / stopped after 100 looks in an hour"
    kind = "stopped" if stopped else "many"
    return [
        Message(
            f"looks:{kind}:{actor.user_id}:{hour}:{addressee[0]}", addressee, "looks", subject, f"{subject}。{said}。",
            "/audit?what=unmask",
        )
        for addressee in to
    ]  # fmt: skip

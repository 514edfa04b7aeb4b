"""Published and own vectors of the wire formats."""

import json
from datetime import UTC, datetime
from typing import Any

PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
PUBLISHED_AT = datetime.fromtimestamp(1614265330, UTC)
PUBLISHED_BODY = b'{"test": 2432232314}'
PUBLISHED_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
CREATED_ID = "msg_IS202611220000017_1"
CREATED_AT = datetime.fromtimestamp(1795320000, UTC)
CREATED = (
    '{"type":"pickup.order.created","timestamp":"2026-11-22T12:00:00+08:00",'
    '"data":{"logistics_order_no":"IS202611220000017","channel":"CRM",'
    '"sender":{"name":"王小二","mobile":"13800138000","province":"浙江省","city":"杭州市","district":"余杭区",'
    '"address":"五常街道文一西路969号3号楼",'
    '"location":{"lng":"120.023800","lat":"30.280900","datum":"GCJ-02"}},'
    '"receiver":{"name":"李雷","mobile":"13900139000","province":"上海市","city":"上海市","district":"青浦区",'
    '"address":"华徐公路3029弄28号"},'
    '"cargo":{"name":"文件","pieces":1,"weight_g":1000},'
    '"appointment":{"start":"2026-11-23T09:00:00+08:00","end":"2026-11-23T11:00:00+08:00"},'
    '"remark":"请提前电话"}}'
).encode()
CREATED_SIGNATURE = "v1,wibmdmhLDaxWwHhDZIPDIm34tlJUPJMuflY192MTkT4="


def push(**changed: Any) -> bytes:
    """The own vector with dotted fields changed: `push(**{"data.cargo.pieces": 0})`; None takes one away."""
    tree = json.loads(CREATED)
    for path, value in changed.items():
        *groups, last = path.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node.pop(last, None)
        if value is not None:
            node[last] = value
    return json.dumps(tree, ensure_ascii=True).encode()  # lone surrogates as \\udXXX

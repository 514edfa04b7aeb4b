"""alipay"""

from basics.refusal import Refusal
from channels.adapter import Adapter, Answer, Answering, Outbound
from channels.feedback import Outcome


def _answer(made: Answering) -> Answer:
    return Answer(401, "text/plain", "")


ADAPTER = Adapter(
    out=Outbound(name="alipay", write=lambda _c, _f, _s: (), judge=lambda _c, _r: Outcome.LATER),
    title=("支付宝", "Alipay"),
    prefixes=("ali",),
    content_types=("application/x-www-form-urlencoded",),
    needs=("secret",),
    verify=lambda _c, _k, _n: Refusal("credential_unknown", ""),
    read=lambda _o, _n: Refusal("credential_unknown", ""),
    answer=_answer,
)

"""The courier's own CRM, `IS…`: our JSON API, signed by Standard Webhooks (CHANNELS section 6)."""

from functools import partial

from channels import pickup_json, standard_webhooks
from channels.adapter import Adapter

ADAPTER = Adapter(
    channel="crm",
    content_types=("application/json",),
    read_secret=standard_webhooks.read_secret,
    verify=standard_webhooks.verify,
    read=partial(pickup_json.read, "crm"),
    answer=pickup_json.answer,
    write=pickup_json.write,
    sign=standard_webhooks.sign,
    judge=pickup_json.judge,
)

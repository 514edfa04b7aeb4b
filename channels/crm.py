"""The courier's own CRM, `IS…`: our JSON API, signed by Standard Webhooks (CHANNELS section 6)."""

from functools import partial

from channels import pickup_json, standard_webhooks
from channels.adapter import Adapter, Outbound


def adapter(name: str, title: tuple[str, str], prefix: str) -> Adapter:
    """A channel that speaks our own API."""
    return Adapter(
        out=Outbound(
            name=name,
            write=pickup_json.write,
            judge=pickup_json.judge,
            secrets={"secret": standard_webhooks.read_secret},
            needs=("secret",),
        ),
        title=title,
        prefixes=(prefix,),
        content_types=("application/json",),
        needs=("secret",),
        verify=standard_webhooks.opened,
        read=partial(pickup_json.read, name),
        answer=pickup_json.answer,
    )


ADAPTER = adapter("crm", ("客服", "CRM"), "IS")

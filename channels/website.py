"""The courier's website, `wx…` like WeChat: only its credential tells it apart (CHAN-1); a second CRM."""

from dataclasses import replace
from functools import partial

from channels import crm, pickup_json

ADAPTER = replace(crm.ADAPTER, channel="website", read=partial(pickup_json.read, "website"))

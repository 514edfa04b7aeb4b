"""The list of channels: a new one is one file and one line here (CHAN-1)."""

from channels import crm, website
from channels.adapter import Adapter

ADAPTERS: dict[str, Adapter] = {adapter.channel: adapter for adapter in (crm.ADAPTER, website.ADAPTER)}

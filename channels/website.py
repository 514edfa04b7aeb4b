"""The courier's website, `wx…` like WeChat: only its credential tells it apart (CHAN-1); a second CRM."""

from channels import crm

ADAPTER = crm.adapter("website", ("官网", "website"), "wx")

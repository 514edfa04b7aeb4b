"""Accounts as admins manage them, and the links of accounts to single sign-on."""

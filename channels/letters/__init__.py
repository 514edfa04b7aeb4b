"""Letters to senders: SMTP, and a folder for tests and the demo."""

"""What channels sent us, and what senders were told, is let go (RELIABILITY 11.3)."""

"""What channels and senders still have to be told."""

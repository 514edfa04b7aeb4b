"""What of a customer is let go in cases and appeals, and which orders are still needed (RELIABILITY 11.3)."""

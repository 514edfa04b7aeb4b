"""Closing a month: nothing is booked into it any more."""

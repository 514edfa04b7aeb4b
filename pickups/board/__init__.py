"""The pickup board 揽件台: what a station has to fetch, and the reminder for a missing number."""

"""Money explains itself: from a posting to all that it rests on, and back."""

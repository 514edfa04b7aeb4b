"""What a clerk is shown of a caller's orders."""

"""What a silent province passes on to HQ (APPEAL-2)."""

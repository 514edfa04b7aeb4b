"""The one list of who makes which kind of report."""

"""Lists of suspicions and decided cases."""

"""The second factor: seeds, recovery codes, and how often one may guess."""

"""Before it is late (DO-8): steps of the ladder that are taken, and whom they told."""

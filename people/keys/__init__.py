"""Keys of the API: for scanners and for other programs of the network, each acting as its user."""

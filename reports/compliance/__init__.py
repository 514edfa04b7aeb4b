"""The weekly compliance report: of the network, a province, a station or a channel."""

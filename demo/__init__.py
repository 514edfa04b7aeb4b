"""A drawn network and lifelike traffic."""

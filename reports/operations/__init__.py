"""The operations report: pace by hour, the forecast against what came, the data centre, feedback, presence on duty."""

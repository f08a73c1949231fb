"""One walk over the fleet that gives feeders, models, rows and the whole in sums. Pure."""

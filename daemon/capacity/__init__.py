"""Which power, space and cooling is free, or would be. Pure."""

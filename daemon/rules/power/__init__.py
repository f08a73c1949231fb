"""How much power devices take, and whether that is as it should be: one rule a file. Pure."""

"""Whether devices earn their power: one rule a file. Pure."""

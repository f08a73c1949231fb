"""Whether devices are well: one rule a file. Pure."""

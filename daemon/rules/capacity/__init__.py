"""What could be given to other compute, and what was: one rule a file. Pure."""

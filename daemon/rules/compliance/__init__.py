"""What others want to see: one rule a file. Pure."""

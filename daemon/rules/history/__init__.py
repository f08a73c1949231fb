"""What the rules must remember of the past, in bounded memory. Pure."""

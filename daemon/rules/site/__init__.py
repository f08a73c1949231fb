"""What the meters say of the whole: one rule a file. Pure."""

"""Whether the work is paid, and by whom: one rule a file. Pure."""

"""A signal is one named number that changes over time, and where it comes from."""

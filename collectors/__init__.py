"""Ask one thing, answer one reading."""

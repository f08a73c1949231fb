"""Rules tried out: given readings over time, expect findings. Pure; the command reads the file."""

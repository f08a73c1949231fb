"""What the operator wrote, made exact."""

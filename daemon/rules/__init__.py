"""When a number becomes a finding. Pure."""

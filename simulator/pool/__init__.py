"""A pretend chain, and pools that hand out its jobs over Stratum V1 to whoever subscribes."""

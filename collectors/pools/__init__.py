"""Watch pools over Stratum as a client that never mines."""

"""Stratum V2: Noise handshake, framing, messages, and the session that watches a mining channel."""

"""The devices' transports: cgminer's line port, Whatsminer's frames, HTTP with digest, and how these go wrong."""

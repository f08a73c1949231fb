"""A pretend site on loopback that speaks the devices' true protocols."""

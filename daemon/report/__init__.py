"""A period's report out of the ledger's file: `gather` reads, `figures` reckons, `document` puts it together."""

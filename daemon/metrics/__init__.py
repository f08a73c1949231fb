"""The `/metrics` page: device lines made when a reading arrives, everything else at the scrape."""

"""What stands beside the devices: meters, a price feed, a place for webhooks to arrive, and the site's controls."""

"""The HTTP side: metrics, JSON, events and the page."""

"""What a device earns and costs, and how sure that is. Pure."""

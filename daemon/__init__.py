"""Keep watch: poll, judge, remember, tell."""

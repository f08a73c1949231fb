"""The page's parts, one a file: each takes documents of the API and gives HTML."""

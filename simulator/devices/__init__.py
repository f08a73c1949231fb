"""One file per family: what its devices answer, in their own words. `catalogue.py` lists them."""

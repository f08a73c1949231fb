"""The past replayed: a series of prices through the rules in force, for a fleet, and the money that it would have been.

`series` reads the prices, `play` runs the rules, `money` holds ways of switching against each other.
"""

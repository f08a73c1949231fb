"""Findings on their way out: one file a kind of hook, and what they share.

`notifier` decides who hears of what and is what the daemon calls; `deliver` works through what the ledger owes one
hook; `build` makes hooks from the configuration. A new kind is one file with a class that has `send`.
"""

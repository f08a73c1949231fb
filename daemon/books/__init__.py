"""The books: what every device and feeder did and earned, summed up between polls and handed to the ledger. Pure.

`calendar` says which day and hour an instant belongs to, `account` sums up one device, `hours` the feeders and the
site, `books` is what the rest of the daemon calls.
"""

from daemon.books.books import Books as Books

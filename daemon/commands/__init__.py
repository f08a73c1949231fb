"""One file per command, each with `configure(parser)` and `run(arguments)`, which answers with the exit code."""

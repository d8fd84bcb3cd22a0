"""How long a gate takes and how it grows: scripts to run by hand, each with --help, that print a Markdown table."""

"""Fuzzing of every parser that reads what others wrote: `table.py` has them all, `__main__.py` is the command."""

"""Faults: each breaks a copy of the reference release in one way and names the items that must notice."""

"""Mutation of the suite itself: small mistakes are put into `gate/` and `fixtures/`, and its tests have to notice."""

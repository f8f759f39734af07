"""Fetching what the project needs to run. Standard library only, Python 3.11 and later."""

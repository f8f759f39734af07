"""Measurements on real parts; see README.md."""

"""Reads that only pages need; each says how many queries it takes, whatever the number of rows."""

"""The raw track of a trial: one checksummed Parquet file of integer columns, never rewritten.

Nothing is gathered here: `file` needs Arrow, and web processes must be able to import `columns` without it.
"""

"""PostgreSQL, Redis and the site on one machine, without an administrator.

`python -m webapp.embedded` is `make run`. Nothing here imports Django except `first_start`, which runs in a
process of its own: the supervisor has to start fast and to stay small.
"""

"""Every write of capture, one file a subject.

Nothing is gathered here: `preparation` decodes video, and web processes must be able to import the others
without it.
"""

"""The curator's tables of capture, registered by importing them."""

from collector.admin import observers, stimuli, studies, tracks, trials

__all__ = ["observers", "stimuli", "studies", "tracks", "trials"]

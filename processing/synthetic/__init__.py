"""Clips whose attended place is known, and hands that follow it: truth to test and to show the product with."""

from processing.synthetic.clip import SyntheticClip, write_clip
from processing.synthetic.hand import Attention, Hand, follow_gaze, simulate_hand, watch

__all__ = ["Attention", "Hand", "SyntheticClip", "follow_gaze", "simulate_hand", "watch", "write_clip"]

"""Baselines for video saliency: read a released dataset from disk, fit a model, predict saliency maps."""

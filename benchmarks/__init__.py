"""Measurements: inputs are made here, ratios are taken within one run, and no figure is copied into the docs."""

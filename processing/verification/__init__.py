"""Whether a build or a release is what its inputs make: every byte, or all but some levels of its maps."""

"""What capture must show: storage, rendering, frame truth, ingest (`make bench-capture`)."""

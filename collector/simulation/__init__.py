"""Made-up observers who walk the whole product through its real HTTP API."""

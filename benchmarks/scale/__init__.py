"""What a second worker brings: builds and evaluations over Celery, on servers that are gone afterwards."""

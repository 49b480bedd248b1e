"""The Django project and what comes after capture."""

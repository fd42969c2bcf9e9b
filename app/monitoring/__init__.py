"""What is measured of answers and of their use, and what becomes of it. Plain Python: no database, no page."""

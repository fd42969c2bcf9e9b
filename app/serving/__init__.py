"""What serves: checks before the start, the built page, whose requests are taken, and how long files are kept."""

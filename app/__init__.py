"""The Rivulet application."""

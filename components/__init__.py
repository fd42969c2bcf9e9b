"""Reusable Reflex components that take Vars and handlers, never a State."""

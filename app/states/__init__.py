"""Thin Reflex states: view models and handlers that call one service."""

"""Fragments: the files, pages and drawings that answers hold in their code blocks."""

"""Random troubles, round after round, and the same question after each: is the text whole?"""

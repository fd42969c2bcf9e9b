"""What a user does: chat, preferences, and the news of both to every open tab."""

"""Effects shared by every service. Only adapters/ and main.py may import it."""

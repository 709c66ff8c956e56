"""Commands over the topics themselves; those of one service stand in its own cli.py."""

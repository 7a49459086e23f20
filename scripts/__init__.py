"""What the Makefile needs beyond one line a step."""

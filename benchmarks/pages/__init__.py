"""What `benchmarks.pages` measures in a browser: a board of eight charts, and the platform's floor."""

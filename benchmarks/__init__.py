"""What is measured: the compiler against hand-written SQL, and its own time."""

"""What is measured: the compiler and the boards against hand-written SQL, and its own time."""

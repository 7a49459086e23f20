"""What a person keeps in the browser: boards, segments and defaults, as one versioned document without loss."""

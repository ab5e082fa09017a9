"""Pages of the register behind sign-in."""

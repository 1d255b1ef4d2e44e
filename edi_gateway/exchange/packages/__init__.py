"""Partner packages: taken in, versioned, planned, tried out, and read back for orders."""

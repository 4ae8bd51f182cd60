"""One saga, run by this engine, by its peers and by nothing at all, side by side; see README.md here."""

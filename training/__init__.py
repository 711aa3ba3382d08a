"""Training and offline evaluation of the adapter for the embedded model."""

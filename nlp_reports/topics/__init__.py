"""Topics of segments: features, the model at work, its folder."""

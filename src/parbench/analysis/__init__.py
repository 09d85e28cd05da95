"""From samples to answers: frame in, frame out."""

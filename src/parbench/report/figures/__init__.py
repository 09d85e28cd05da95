"""Figures, drawn by matplotlib; `public` is `parbench.figures`."""

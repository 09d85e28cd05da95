"""Codes and numbers as English sentences."""

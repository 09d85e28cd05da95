"""Content of the documents that comes from the source, and checks of the site."""

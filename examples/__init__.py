"""Examples to run and to read, one folder a page of the documents."""

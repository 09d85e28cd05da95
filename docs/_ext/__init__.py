"""What the documents take from the source, and checks of the site that is made of them."""

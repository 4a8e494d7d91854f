"""Plain files for other Pythons: nothing here is imported by Dropforge, and they import nothing of it."""

"""Files that HR hands over for pay → typed rows with cell-level problems."""

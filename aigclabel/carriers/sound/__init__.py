"""Sound of files, as its notices and its watermarks both need it: decoded, measured, coded."""

"""The syntax of a slot's value: XMP packets, EXIF, front matter. Nothing here knows what a
value means."""

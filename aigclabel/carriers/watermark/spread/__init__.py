"""Signal processing of the watermark: arrays in, arrays out; no files, marks or policies."""

// A C target must have a source file; nettle itself is a library.

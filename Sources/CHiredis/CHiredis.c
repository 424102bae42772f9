// A C target must have a source file; hiredis itself is a library.

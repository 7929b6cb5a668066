/// Files that are there as a whole or not at all.
///
/// Knows no format. May use nothing else of Tern.
@NullMarked
package dev.tern.file;

import org.jspecify.annotations.NullMarked;

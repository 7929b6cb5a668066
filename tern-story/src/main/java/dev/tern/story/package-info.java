/// The model that comes with Tern, as bytes in a jar. May use the core.
@NullMarked
package dev.tern.story;

import org.jspecify.annotations.NullMarked;

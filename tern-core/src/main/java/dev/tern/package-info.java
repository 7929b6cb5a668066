/// The face of Tern.
@NullMarked
package dev.tern;

import org.jspecify.annotations.NullMarked;

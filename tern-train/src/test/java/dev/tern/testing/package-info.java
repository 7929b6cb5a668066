/// What tests of several packages share.
@NullMarked
package dev.tern.testing;

import org.jspecify.annotations.NullMarked;

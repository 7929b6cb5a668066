/// Classes that break the rules on purpose, so that each rule is seen to fail.
@NullMarked
package dev.tern.architecture.bad;

import org.jspecify.annotations.NullMarked;

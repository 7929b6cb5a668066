/// Models of random weights in real files: for measuring a machine before anything is downloaded,
/// and for tests that build what they need.
///
/// ```java
/// SyntheticModel.of(SyntheticShape.BITNET_2B).write(path);
/// ```
///
/// What such a model writes is gibberish; how fast it writes is not. May use `dev.tern.gguf`,
/// `dev.tern.quant` and `dev.tern.tensor`.
@NullMarked
package dev.tern.synthetic;

import org.jspecify.annotations.NullMarked;

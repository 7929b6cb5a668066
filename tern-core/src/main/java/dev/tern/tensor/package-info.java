/// A tensor as a file stores it: a name, a [dev.tern.tensor.TensorType], a [dev.tern.tensor.Shape]
/// and a slice of memory; and [dev.tern.tensor.NativeMemory] for those that are made.
///
/// Nothing here computes with the numbers: what they mean is in `dev.tern.quant`, and how they are
/// multiplied in `dev.tern.kernel`. May use the exceptions of `dev.tern` and nothing else of Tern.
@NullMarked
package dev.tern.tensor;

import org.jspecify.annotations.NullMarked;

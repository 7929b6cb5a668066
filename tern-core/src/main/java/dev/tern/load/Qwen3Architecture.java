package dev.tern.load;

import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.RopeStyle;
import dev.tern.model.BlockStyle;
import java.util.List;

/// Qwen3, with queries and keys normalized per head, and the 1-bit models made from it: Bonsai,
/// BitNet embeddings.
final class Qwen3Architecture implements Architecture {
  @Override
  public List<String> names() {
    return List.of("qwen3");
  }

  @Override
  public BlockStyle style() {
    return new BlockStyle(GatedActivation.SILU, RopeStyle.HALF, false, true, false);
  }
}

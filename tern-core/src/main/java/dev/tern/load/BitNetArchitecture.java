package dev.tern.load;

import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.RopeStyle;
import dev.tern.model.BlockStyle;
import java.util.List;

/// BitNet b1.58 as 1bitLLM published it: a LLaMA block with SubLN, SiLU and int8 activations.
final class BitNetArchitecture implements Architecture {
  @Override
  public List<String> names() {
    return List.of("bitnet");
  }

  @Override
  public BlockStyle style() {
    return new BlockStyle(GatedActivation.SILU, RopeStyle.HALF, true, false, true);
  }
}

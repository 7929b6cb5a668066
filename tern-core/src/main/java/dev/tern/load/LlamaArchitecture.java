package dev.tern.load;

import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.RopeStyle;
import dev.tern.model.BlockStyle;
import java.util.List;

/// LLaMA, and the ternary models that kept its block: Falcon3-1.58bit, Falcon-E, Llama3-8B-1.58,
/// TriLM.
///
/// Converters permute the query and key rows of this architecture, so RoPE turns neighbouring
/// elements.
final class LlamaArchitecture implements Architecture {
  @Override
  public List<String> names() {
    return List.of("llama");
  }

  @Override
  public BlockStyle style() {
    return new BlockStyle(GatedActivation.SILU, RopeStyle.INTERLEAVED, false, false, false);
  }
}

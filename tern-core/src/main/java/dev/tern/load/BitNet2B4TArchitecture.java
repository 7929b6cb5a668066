package dev.tern.load;

import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.RopeStyle;
import dev.tern.model.BlockStyle;
import java.util.List;

/// BitNet b1.58 2B4T: SubLN, squared ReLU and int8 activations. Its first upload had the name
/// `bitnet-25`.
final class BitNet2B4TArchitecture implements Architecture {
  @Override
  public List<String> names() {
    return List.of("bitnet-b1.58", "bitnet-25");
  }

  @Override
  public BlockStyle style() {
    return new BlockStyle(GatedActivation.SQUARED_RELU, RopeStyle.HALF, true, false, true);
  }
}

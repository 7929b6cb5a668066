package dev.tern.tensor;

import dev.tern.tensor.TensorType.Resolution.Foreign;
import java.util.Map;

/// Type numbers of files that exist but that Tern does not decode, with the sentence that says what
/// to do instead.
final class ForeignTensorTypes {
  private static final String REQUANTIZE =
      "convert the model to one of the supported encodings, for example I2_S for ternary weights or Q8_0";
  private static final String LOOKUP_TABLE =
      "its layout depends on a kernel configuration that the file does not carry; use the I2_S file of the same model or"
          + " convert the original checkpoint";
  private static final String RUN_TIME_LAYOUT =
      "it is a run-time repacking of one processor family; use the file it was made from";

  private static final Map<Integer, Foreign> BY_ID =
      Map.ofEntries(
          entry(3, "Q4_1", REQUANTIZE),
          entry(6, "Q5_0", REQUANTIZE),
          entry(7, "Q5_1", REQUANTIZE),
          entry(9, "Q8_1", REQUANTIZE),
          entry(10, "Q2_K", REQUANTIZE),
          entry(11, "Q3_K", REQUANTIZE),
          entry(13, "Q5_K", REQUANTIZE),
          entry(15, "Q8_K", REQUANTIZE),
          entry(16, "IQ2_XXS", REQUANTIZE),
          entry(17, "IQ2_XS", REQUANTIZE),
          entry(18, "IQ3_XXS", REQUANTIZE),
          entry(19, "IQ1_S", REQUANTIZE),
          entry(20, "IQ4_NL", REQUANTIZE),
          entry(21, "IQ3_S", REQUANTIZE),
          entry(22, "IQ2_S", REQUANTIZE),
          entry(23, "IQ4_XS", REQUANTIZE),
          entry(24, "I8", REQUANTIZE),
          entry(25, "I16", REQUANTIZE),
          entry(26, "I32", REQUANTIZE),
          entry(27, "I64", REQUANTIZE),
          entry(28, "F64", REQUANTIZE),
          entry(29, "IQ1_M", REQUANTIZE),
          entry(31, "Q4_0_4_4", RUN_TIME_LAYOUT),
          entry(32, "Q4_0_4_8", RUN_TIME_LAYOUT),
          entry(33, "Q4_0_8_8", RUN_TIME_LAYOUT),
          entry(37, "I8_S", REQUANTIZE),
          entry(38, "TL1", LOOKUP_TABLE),
          entry(39, "TL2 of bitnet.cpp or MXFP4 of ggml", LOOKUP_TABLE),
          entry(40, "NVFP4", REQUANTIZE),
          entry(
              142,
              "PQ2_0",
              "it belongs to a fork whose newer files also need a Hadamard transform; use the Q2_0 file of the model"),
          entry(
              143,
              "PTQ1_0",
              "it belongs to a fork whose newer files also need a Hadamard transform; use the Q2_0 file of the model"),
          entry(
              335,
              "IQ2_BN_R4",
              "it interleaves four rows for one engine; use the IQ2_BN or I2_S file of the same model"));

  private ForeignTensorTypes() {}

  static Foreign describe(int id) {
    Foreign known = BY_ID.get(id);
    return known != null ? known : new Foreign(id, "type " + id, REQUANTIZE);
  }

  private static Map.Entry<Integer, Foreign> entry(int id, String name, String advice) {
    return Map.entry(id, new Foreign(id, name, advice));
  }
}

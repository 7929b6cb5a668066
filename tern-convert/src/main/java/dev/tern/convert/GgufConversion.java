package dev.tern.convert;

import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.source.GgufSource;
import dev.tern.source.HuggingFaceSource;
import dev.tern.source.ModelSource;
import dev.tern.source.StoredTensor;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Writes a model as a GGUF file, one tensor in memory at a time.
///
/// Not safe for use by several threads.
public final class GgufConversion implements Conversion {
  private static final String FILE_TYPE = "general.file_type";
  private static final String QUANTIZATION_VERSION = "general.quantization_version";
  private static final String CHAT_TEMPLATE = "tokenizer.chat_template";

  private final ModelSource model;
  private final EncodingPlan plan;
  private final Optional<String> preTokenizer;
  private final List<String> notices;
  private Map<String, GgufValue> metadata = Map.of();
  private ConversionProgress progress = (_, _, _) -> {};

  private GgufConversion(ModelSource model, EncodingPlan plan, Optional<String> preTokenizer) {
    this.model = model;
    this.plan = plan;
    this.preTokenizer = preTokenizer;
    this.notices = new ArrayList<>(model.notices());
  }

  /// Prepares to write a model.
  ///
  /// @param model an open model
  /// @param plan in which encodings
  /// @return the conversion
  public static GgufConversion of(ModelSource model, EncodingPlan plan) {
    return new GgufConversion(model, plan, Optional.empty());
  }

  /// {@return this conversion with a name for the pre-tokenizer, where the tokenizer's files have
  /// one that GGUF has no name for}
  ///
  /// @param name as GGUF files have it in `tokenizer.ggml.pre`
  public GgufConversion withPreTokenizer(String name) {
    return new GgufConversion(model, plan, Optional.of(name));
  }

  @Override
  public GgufConversion onProgress(ConversionProgress listener) {
    progress = listener;
    return this;
  }

  @Override
  public void check(Path target, boolean overwrite) throws IOException {
    Targets.requireFree(target, overwrite);
    if (metadata.isEmpty()) {
      metadata = metadata();
    }
    Targets.requireSpace(target, plan.byteSize());
  }

  /// Writes the file. It appears under its name when it is complete, and not before.
  @Override
  public ConversionReport write(Path target, boolean overwrite) throws IOException {
    long begin = System.nanoTime();
    check(target, overwrite);
    GgufWriter writer = new GgufWriter();
    TensorEncoder encoder = new TensorEncoder(model.source());
    metadata.forEach(writer::put);
    int done = 0;
    for (PlannedTensor tensor : plan.tensors()) {
      writer.add(
          tensor.source().name(),
          tensor.type(),
          tensor.source().shape(),
          new Written(tensor, done++, encoder));
    }
    Targets.requireSpace(target, writer.byteSize());
    writer.write(target);
    addLosses(encoder);
    return ConversionReport.of(
        plan, model.byteSize(), writer.byteSize(), notices, System.nanoTime() - begin);
  }

  /// A tensor whose turn comes. When it does, the one before it has been written.
  private final class Written implements GgufWriter.Content {
    private final PlannedTensor planned;
    private final int index;
    private final TensorEncoder encoder;

    Written(PlannedTensor planned, int index, TensorEncoder encoder) {
      this.planned = planned;
      this.index = index;
      this.encoder = encoder;
    }

    private void begin() {
      progress.beginning(planned.source().name(), index, plan.tensors().size());
      if (index > 0) {
        plan.tensors().get(index - 1).source().unload();
      }
    }

    @Override
    public Optional<MemorySegment> existing() {
      if (planned.source() instanceof StoredTensor stored
          && stored.type() instanceof TensorType.Resolution.Known(TensorType own)
          && own == planned.type()) {
        begin();
        return Optional.of(stored.tensor().get().data());
      }
      return Optional.empty();
    }

    @Override
    public void fill(MemorySegment bytes) {
      begin();
      encoder.encode(planned, bytes);
    }
  }

  private void addLosses(TensorEncoder encoder) {
    if (encoder.roundedScales() > 0) {
      notices.add(
          "the scales of %d tensors were rounded to half precision, which their encoding has"
              .formatted(encoder.roundedScales()));
    }
    if (encoder.allZero() > 0) {
      notices.add(
          "%d ternary tensors are nothing but zeros; the checkpoint may be damaged"
              .formatted(encoder.allZero()));
    }
  }

  private Map<String, GgufValue> metadata() throws IOException {
    Map<String, GgufValue> pairs = new LinkedHashMap<>(model.metadata().asMap());
    pairs.remove(FILE_TYPE);
    fileType().ifPresent(type -> pairs.put(FILE_TYPE, GgufValue.uint32(type)));
    switch (model) {
      case GgufSource _ ->
          preTokenizer.ifPresent(name -> pairs.put("tokenizer.ggml.pre", GgufValue.text(name)));
      case HuggingFaceSource folder -> {
        GgufValue template = pairs.remove(CHAT_TEMPLATE);
        new GgufVocabulary(folder, preTokenizer, notices).put(pairs);
        if (template != null) {
          pairs.put(CHAT_TEMPLATE, template);
        }
      }
    }
    pairs.putIfAbsent(QUANTIZATION_VERSION, GgufValue.uint32(2));
    return pairs;
  }

  /// What llama.cpp and its forks call a file by the encoding of most of its weights; a hint for
  /// people, since the numbers clash.
  private OptionalInt fileType() {
    TensorType most = ConversionReport.mostUsed(plan);
    return switch (most) {
      case F32 -> OptionalInt.of(0);
      case F16 -> OptionalInt.of(1);
      case Q4_0 -> OptionalInt.of(2);
      case Q8_0 -> OptionalInt.of(7);
      case Q4_K -> OptionalInt.of(14);
      case Q6_K -> OptionalInt.of(18);
      case BF16 -> OptionalInt.of(32);
      case TQ1_0 -> OptionalInt.of(36);
      case TQ2_0 -> OptionalInt.of(37);
      case I2_S, Q1_0 -> OptionalInt.of(40);
      case IQ1_BN -> OptionalInt.of(136);
      case IQ2_BN -> OptionalInt.of(137);
      case I2_S_ARM64, Q2_0, Q2_0_G128 -> OptionalInt.empty();
    };
  }
}

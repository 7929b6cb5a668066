package dev.tern.train.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.tern.Prediction;
import dev.tern.Session;
import dev.tern.TernModel;
import dev.tern.convert.HuggingFaceNames;
import dev.tern.quant.CodeSource;
import dev.tern.source.ModelSource;
import dev.tern.source.RowOrder;
import dev.tern.source.SourceTensor;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Holds an exported model against the network that it was made of.
///
/// @param tensors number of quantized matrices
/// @param weights numbers in them
/// @param differentCodes how many are another code in the file; 0 unless something is wrong
/// @param differentScales matrices with another scale in the file; 0 unless something is wrong
/// @param predictions places at which both were asked for the next token
/// @param sameTop places at which both find the same token likeliest
/// @param largestLogitDifference over all places and tokens
/// @param closeCalls places at which they do not, with how far apart the network's two likeliest
///   logits are there
public record ExportProof(
    int tensors,
    long weights,
    long differentCodes,
    int differentScales,
    long predictions,
    long sameTop,
    double largestLogitDifference,
    List<CloseCall> closeCalls) {
  /// Copies the list.
  public ExportProof {
    closeCalls = List.copyOf(closeCalls);
  }

  /// A place at which network and file find different tokens likeliest.
  ///
  /// @param margin by how much the network's likeliest token is ahead of the file's, in logits
  public record CloseCall(double margin) {}

  /// {@return whether all codes and scales in the file are the trained ones}
  public boolean sameWeights() {
    return differentCodes == 0 && differentScales == 0;
  }

  /// Compares weights, and what follows each token of some text.
  ///
  /// @param model whose embeddings an export has rounded
  /// @param gguf what the export has written
  /// @param batches of whole documents or parts of them
  /// @return what was found
  /// @throws IOException if the file cannot be read
  public static ExportProof of(CausalLanguageModel model, Path gguf, List<TokenBatch> batches)
      throws IOException {
    Weights weights = new Weights();
    Outputs outputs = new Outputs();
    try (ModelSource source = ModelSource.open(gguf)) {
      weights.compare(model, source);
    }
    try (TernModel served = TernModel.load(gguf)) {
      for (TokenBatch batch : batches) {
        outputs.compare(model, served, batch);
      }
    }
    return new ExportProof(
        weights.tensors,
        weights.count,
        weights.codes,
        weights.scales,
        outputs.predictions,
        outputs.sameTop,
        outputs.largest,
        outputs.closeCalls);
  }

  /// Differences of weights so far.
  private static final class Weights {
    private int tensors;
    private long count;
    private long codes;
    private int scales;

    private void compare(CausalLanguageModel model, ModelSource source) {
      Map<String, Parameter> parameters =
          model.parameters().stream().collect(Collectors.toMap(Parameter::name, p -> p));
      String architecture = source.metadata().requireString("general.architecture");
      for (SourceTensor tensor : source.tensors().values()) {
        String name = HuggingFaceNames.of(source.source(), architecture, tensor.name());
        RowOrder order =
            HuggingFaceNames.order(architecture, tensor.name(), model.settings().headDim());
        Parameter parameter = parameters.remove(name);
        if (parameter == null) {
          throw new IllegalStateException(source + " has the tensor " + name + ", the network not");
        }
        TrainedValues.codes(model, parameter).ifPresent(trained -> compare(trained, tensor, order));
      }
      if (!parameters.isEmpty()) {
        throw new IllegalStateException(source + " has no " + parameters.keySet());
      }
    }

    private void compare(TrainedValues.Codes trained, SourceTensor tensor, RowOrder order) {
      tensors++;
      CodeSource stored = tensor.codes().orElseThrow();
      int cols = Math.toIntExact(tensor.shape().cols());
      byte[] row = new byte[cols];
      float[] rowScales = new float[cols];
      boolean sameScale = true;
      for (long index = 0; index < tensor.shape().rows(); index++) {
        stored.read(index, row, rowScales);
        int from = Math.toIntExact(order.sourceRow(index) * cols);
        for (int col = 0; col < cols; col++) {
          count++;
          codes += row[col] == trained.codes()[from + col] ? 0 : 1;
          sameScale &= row[col] == 0 || rowScales[col] == trained.scale();
        }
      }
      scales += sameScale ? 0 : 1;
    }
  }

  /// Differences of logits so far.
  private static final class Outputs {
    private long predictions;
    private long sameTop;
    private double largest;
    private final List<CloseCall> closeCalls = new ArrayList<>();

    /// One sequence at a time: the logits of a batch can be more numbers than an array or the
    /// memory holds.
    private void compare(CausalLanguageModel model, TernModel served, TokenBatch batch) {
      for (int index = 0; index < batch.sequences(); index++) {
        TokenBatch sequence = batch.sequence(index);
        NDManager parent = model.parameters().getFirst().value().getManager();
        try (NDManager scope = parent.newSubManager()) {
          model.parameters().forEach(parameter -> parameter.value().tempAttach(scope));
          compare(served, sequence, model.logits(sequence, 1));
        }
      }
    }

    private void compare(TernModel served, TokenBatch sequence, NDArray trained) {
      for (int from = 0; from < sequence.length(); ) {
        int to = endOfDocument(sequence, from);
        compare(served, Arrays.copyOfRange(sequence.inputs(), from, to), trained, from);
        from = to;
      }
    }

    private static int endOfDocument(TokenBatch sequence, int from) {
      int to = from;
      while (to < sequence.length() && sequence.documents()[to] == sequence.documents()[from]) {
        to++;
      }
      return to;
    }

    private void compare(TernModel served, int[] tokens, NDArray trained, int first) {
      try (Session session = served.newSession()) {
        session.predict(
            tokens,
            1,
            tokens.length + 1,
            prediction -> {
              long place = first + prediction.position() - 1L;
              try (NDArray row = trained.get(place)) {
                compare(prediction, row.toFloatArray());
              }
            });
      }
    }

    private void compare(Prediction found, float[] trained) {
      int top = 0;
      for (int token = 0; token < trained.length; token++) {
        largest = Math.max(largest, Math.abs(found.logit(token) - (double) trained[token]));
        top = trained[token] > trained[top] ? token : top;
      }
      predictions++;
      if (top == found.likeliest()) {
        sameTop++;
      } else {
        closeCalls.add(new CloseCall((double) trained[top] - trained[found.likeliest()]));
      }
    }
  }
}

package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.DistillationSettings;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.quantize.Factor;
import java.util.ArrayList;
import java.util.List;

/// To predict as a teacher does, besides predicting the next token.
///
/// For the logits: `T^2 KL(softmax(teacher / T), softmax(student / T))`. For attention, optionally:
/// the relations of queries with queries, keys with keys and values with values in one layer, each
/// `softmax(a a^T / sqrt(d))` over heads of one size, compared by KL divergence too. Relations are
/// with the tokens that attention sees: the token itself and earlier ones of its document. Tokens
/// without a target count nowhere.
///
/// BitDistill is not followed in two ways. It adds `L_CE + lambda L_LD + gamma L_AD`; here the
/// text's and the logits' losses are weighted with numbers that add up to 1. It normalizes the
/// vectors of heads to length 1 before it compares them; here products are divided by `sqrt(d)`, as
/// MiniLMv2 does.
///
/// Source: BitNet Distillation, arXiv 2510.13998, section 3.3; MiniLMv2, arXiv 2012.15828.
public final class Distillation implements Objective {
  private final CausalLanguageModel teacher;
  private final DistillationSettings settings;

  /// Sets a teacher.
  ///
  /// @param teacher in full precision, with the student's vocabulary; not to be trained from now on
  /// @param student its settings, to be held against the teacher's
  /// @param settings how much of what
  /// @throws ConfigException if they cannot be compared
  public Distillation(
      CausalLanguageModel teacher, CausalLanguageModel student, DistillationSettings settings) {
    if (teacher.vocabularySize() != student.vocabularySize()) {
      throw new ConfigException(
          "distillation.teacher: it has %d tokens, the model that learns %d; both need the same tokenizer"
              .formatted(teacher.vocabularySize(), student.vocabularySize()));
    }
    if (settings.attentionLayer() >= student.settings().layers()) {
      throw new ConfigException(
          "distillation.attention_layer: %d, but layers are 0 to %d"
              .formatted(settings.attentionLayer(), student.settings().layers() - 1));
    }
    teacher.parameters().forEach(parameter -> parameter.value().setRequiresGradient(false));
    this.teacher = teacher;
    this.settings = settings;
  }

  @Override
  public Losses of(CausalLanguageModel model, TokenBatch batch, double lambda) {
    int studentLayer = settings.attentionLayer();
    int teacherLayer =
        (studentLayer + 1) * teacher.settings().layers() / model.settings().layers() - 1;
    List<Attention.Heads> learnt = new ArrayList<>();
    List<Attention.Heads> taught = new ArrayList<>();
    NDArray student = model.logits(batch, lambda, observe(studentLayer, learnt));
    NDArray guide =
        teacher.logits(batch, 1, observe(Math.max(0, teacherLayer), taught)).stopGradient();
    NDArray crossEntropy = LanguageModelLoss.sum(student, batch);
    NDArray objective =
        Factor.times(crossEntropy, 1 - settings.weight())
            .add(Factor.times(divergence(guide, student, batch), settings.weight()));
    if (settings.attentionWeight() > 0) {
      objective =
          objective.add(
              Factor.times(
                  relations(taught.getFirst(), learnt.getFirst(), batch),
                  settings.attentionWeight()));
    }
    return new Losses(objective, crossEntropy);
  }

  @Override
  public List<Parameter> constants() {
    return teacher.parameters();
  }

  private static CausalLanguageModel.Observers observe(int wanted, List<Attention.Heads> seen) {
    return layer -> layer == wanted ? seen::add : HeadObserver.NONE;
  }

  private NDArray divergence(NDArray guide, NDArray student, TokenBatch batch) {
    double temperature = settings.temperature();
    NDArray expected = Factor.times(guide, 1 / temperature).logSoftmax(-1);
    NDArray found = Factor.times(student, 1 / temperature).logSoftmax(-1);
    NDArray each = expected.exp().mul(expected.sub(found)).sum(new int[] {-1}, true);
    NDArray counted = counted(each.getManager(), batch, new Shape(batch.targets().length, 1));
    return Factor.times(each.mul(counted).sum(), temperature * temperature);
  }

  /// {@return 1 for tokens with a target, 0 for others}
  private static NDArray counted(NDManager manager, TokenBatch batch, Shape shape) {
    float[] counts = new float[batch.targets().length];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = batch.targets()[i] == TokenBatch.IGNORED ? 0 : 1;
    }
    return manager.create(counts, shape);
  }

  /// Sums over tokens, like the other losses; relations are compared head by head after queries,
  /// keys and values were cut into as many heads as the smaller number of both models.
  private static NDArray relations(
      Attention.Heads taught, Attention.Heads learnt, TokenBatch batch) {
    NDManager manager = learnt.query().getManager();
    int sequences = batch.sequences();
    int length = batch.length();
    NDArray mask =
        AttentionMask.of(manager, batch.documents(), sequences, length)
            .reshape(sequences, 1, length, length);
    NDArray counted = counted(manager, batch, new Shape(sequences, 1, length, 1));
    return relation(taught.query(), learnt.query(), mask, counted)
        .add(relation(taught.key(), learnt.key(), mask, counted))
        .add(relation(taught.value(), learnt.value(), mask, counted));
  }

  private static NDArray relation(NDArray taught, NDArray learnt, NDArray mask, NDArray counted) {
    long heads = Math.min(taught.getShape().get(2), learnt.getShape().get(2));
    NDArray expected = logRelation(taught.stopGradient(), heads, mask);
    NDArray found = logRelation(learnt, heads, mask);
    NDArray each = expected.exp().mul(expected.sub(found));
    return Factor.times(each.mul(counted).sum(), 1.0 / heads);
  }

  private static NDArray logRelation(NDArray heads, long count, NDArray mask) {
    Shape shape = heads.getShape();
    long width = shape.get(2) * shape.get(3) / count;
    NDArray cut = heads.reshape(shape.get(0), shape.get(1), count, width).transpose(0, 2, 1, 3);
    return Factor.times(cut.matMul(cut.transpose(0, 1, 3, 2)), 1 / Math.sqrt((double) width))
        .add(mask)
        .logSoftmax(-1);
  }
}

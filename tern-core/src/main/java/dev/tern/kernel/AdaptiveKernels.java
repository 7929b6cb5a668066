package dev.tern.kernel;

import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/// Kernels that start with the scalar definition and go over to faster ones, group by group, once
/// the JVM has compiled them.
///
/// Vector API code is hundreds of times slower than plain loops until the optimizing compiler has
/// seen enough of it, which takes seconds. A background thread lets it see enough, on made-up data,
/// while the definition answers. A group changes over when its fast kernels are in fact no slower
/// and have given the definition's result bit for bit; results therefore never depend on when that
/// happens. Kernels that compute something else on this machine are never used.
public final class AdaptiveKernels implements Kernels {
  private static final System.Logger LOGGER = System.getLogger("dev.tern");

  /// What the definition gets for itself, so that small models answer at once.
  private static final long HEAD_START_NANOS = 100_000_000;

  private final Kernels definition;
  private final Kernels fast;
  private boolean running;
  private volatile Set<WarmUp.Group> wanted = EnumSet.noneOf(WarmUp.Group.class);
  private volatile Set<WarmUp.Group> decided = EnumSet.noneOf(WarmUp.Group.class);
  private volatile Set<WarmUp.Group> warm = EnumSet.noneOf(WarmUp.Group.class);

  /// Joins the two.
  ///
  /// @param definition answers from the start
  /// @param fast takes over
  public AdaptiveKernels(Kernels definition, Kernels fast) {
    this.definition = definition;
    this.fast = fast;
  }

  /// The first use of a group starts the background thread, or gives it more to do: groups that
  /// nobody uses need no compiling.
  private synchronized void want(WarmUp.Group group) {
    if (wanted.contains(group)) {
      return;
    }
    wanted = with(wanted, group);
    if (!running) {
      running = true;
      Thread.ofPlatform().name("tern-warm-up").daemon().start(this::warmUp);
    }
  }

  private static Set<WarmUp.Group> with(Set<WarmUp.Group> groups, WarmUp.Group group) {
    Set<WarmUp.Group> more = EnumSet.of(group);
    more.addAll(groups);
    return more;
  }

  /// The next group to decide on, those first that cost most; the thread ends when there is none.
  private synchronized Optional<WarmUp.Group> next() {
    Set<WarmUp.Group> left = EnumSet.copyOf(wanted);
    left.removeAll(decided);
    running = !left.isEmpty();
    return left.stream().findFirst();
  }

  private synchronized void decide(WarmUp.Group group) {
    decided = with(decided, group);
  }

  private void warmUp() {
    LockSupport.parkNanos(HEAD_START_NANOS);
    for (var next = next(); next.isPresent(); next = next()) {
      WarmUp.Group group = next.get();
      switch (new WarmUp(group, definition, fast).run()) {
        case READY -> changeOver(group);
        case SLOW ->
            LOGGER.log(
                System.Logger.Level.DEBUG, "{0} kernels stay scalar: vectors are slower", group);
        case WRONG ->
            LOGGER.log(
                System.Logger.Level.WARNING,
                "{0} kernels stay scalar: {1} computes something else on this machine; please report it with the output of tern doctor",
                group,
                fast.description());
      }
      decide(group);
    }
  }

  private void changeOver(WarmUp.Group group) {
    warm = with(warm, group);
  }

  private Kernels of(WarmUp.Group group) {
    if (!wanted.contains(group)) {
      want(group);
    }
    return warm.contains(group) ? fast : definition;
  }

  /// {@return whether the background thread has decided on every group that has been used}
  @Override
  public boolean isSettled() {
    return decided.equals(wanted);
  }

  /// {@return the kernels that take over}
  public Kernels fast() {
    return fast;
  }

  @Override
  public String description() {
    if (wanted.isEmpty() || !isSettled()) {
      return "scalar until compiled, then " + fast.description();
    }
    Set<WarmUp.Group> scalar = EnumSet.copyOf(wanted);
    scalar.removeAll(warm);
    if (scalar.isEmpty()) {
      return fast.description();
    }
    return warm.isEmpty()
        ? definition.description()
        : "%s, scalar for %s".formatted(fast.description(), names(scalar));
  }

  private static String names(Set<WarmUp.Group> groups) {
    return groups.stream()
        .map(group -> group.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" and "));
  }

  @Override
  public int tokenTile() {
    return fast.tokenTile();
  }

  @Override
  public void linear(
      TernaryMatrix weights,
      int fromRow,
      int toRow,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    of(WarmUp.Group.TERNARY).linear(weights, fromRow, toRow, x, fromToken, toToken, y);
  }

  @Override
  public void linear(
      DenseMatrix weights,
      int fromRow,
      int toRow,
      FloatMatrix x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    of(WarmUp.Group.DENSE).linear(weights, fromRow, toRow, x, fromToken, toToken, y);
  }

  @Override
  public void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots) {
    of(WarmUp.Group.DENSE).dots(rows, fromRow, toRow, x, dots);
  }

  @Override
  public void dots(QuantizedRows rows, int fromRow, int toRow, List<Int16Vector> x, int[][] dots) {
    of(WarmUp.Group.DENSE).dots(rows, fromRow, toRow, x, dots);
  }

  @Override
  public void quantize(FloatMatrix x, int token, Int8Activations codes) {
    of(WarmUp.Group.ELEMENTWISE).quantize(x, token, codes);
  }

  @Override
  public void rmsNorm(FloatMatrix x, int token, MemorySegment weight, float eps, FloatMatrix y) {
    of(WarmUp.Group.ELEMENTWISE).rmsNorm(x, token, weight, eps, y);
  }

  @Override
  public void rmsNormHeads(FloatMatrix x, int token, MemorySegment weight, float eps) {
    of(WarmUp.Group.ELEMENTWISE).rmsNormHeads(x, token, weight, eps);
  }

  @Override
  public void rotate(FloatMatrix x, int token, RopeAngles angles, RopeStyle style) {
    of(WarmUp.Group.ELEMENTWISE).rotate(x, token, angles, style);
  }

  @Override
  public void store(
      FloatMatrix keys, FloatMatrix values, int token, KvBlocks cache, int layer, int position) {
    of(WarmUp.Group.ELEMENTWISE).store(keys, values, token, cache, layer, position);
  }

  @Override
  public void attend(
      FloatMatrix queries,
      int token,
      KvBlocks cache,
      int layer,
      int kvHead,
      int position,
      FloatMatrix y) {
    of(WarmUp.Group.ATTENTION).attend(queries, token, cache, layer, kvHead, position, y);
  }

  @Override
  public void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    of(WarmUp.Group.ELEMENTWISE).gate(activation, gate, up, token, y);
  }

  @Override
  public void add(FloatMatrix x, int token, FloatMatrix y) {
    of(WarmUp.Group.ELEMENTWISE).add(x, token, y);
  }
}

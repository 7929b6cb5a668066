package dev.tern.kernel.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every instruction with many operands against GNU `as`, where there is one; a few by heart.
class AssemblerTest {
  /// What methods are called in the assembler's language, where that differs.
  private static final Map<String, String> MNEMONICS =
      Map.of("mov32", "mov", "movzx16", "movzx", "movzx8", "movzx", "shr32", "shr");

  /// Methods that make no instruction of their own.
  private static final Set<String> NO_INSTRUCTIONS = Set.of("bind", "rex", "rexW");

  private static final List<Mem> PLACES = places();

  private static List<Mem> places() {
    List<Mem> places = new ArrayList<>();
    for (Gpr base : Gpr.values()) {
      for (int displacement : new int[] {0, 8, 64, 127, -128, 128, 4096, 1_000_000}) {
        places.add(Mem.at(base, displacement));
      }
    }
    for (Gpr base : List.of(Gpr.RAX, Gpr.RSP, Gpr.RBP, Gpr.R12, Gpr.R13)) {
      for (Gpr index : List.of(Gpr.RCX, Gpr.RBP, Gpr.R12, Gpr.R15)) {
        for (int scale : new int[] {1, 2, 4, 8}) {
          places.add(Mem.at(base, index, scale));
          places.add(Mem.at(base, index, scale, 64));
          places.add(Mem.at(base, index, scale, -1_000));
        }
      }
    }
    return places;
  }

  /// One instruction: how to emit it, and what it is called.
  private record Case(Method method, List<Object> operands, String text) {
    byte[] emit() {
      Assembler assembler = new Assembler();
      try {
        method.invoke(assembler, operands.toArray());
      } catch (IllegalAccessException | InvocationTargetException failure) {
        throw new LinkageError(text, failure);
      }
      return assembler.code();
    }
  }

  @Test
  void encodesEveryInstructionAsTheGnuAssemblerDoes(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeTrue(runs("as", "--version"), "there is no GNU assembler to compare with");
    assumeTrue(runs("objdump", "--version"), "there is no objdump to compare with");
    List<Case> cases = cases();
    assertTrue(cases.size() > 20_000, "only %d cases".formatted(cases.size()));
    Path source = folder.resolve("cases.s");
    StringBuilder text = new StringBuilder(".intel_syntax noprefix\n");
    cases.forEach(c -> text.append(c.text).append('\n'));
    Files.writeString(source, text);
    Path object = folder.resolve("cases.o");
    run("as", "-o", object.toString(), source.toString());
    byte[] expected = textSection(object);
    int at = 0;
    for (Case c : cases) {
      byte[] actual = c.emit();
      int end = Math.min(at + actual.length, expected.length);
      byte[] there = Arrays.copyOfRange(expected, at, end);
      assertEquals(HexFormat.of().formatHex(there), HexFormat.of().formatHex(actual), c.text);
      at = end;
    }
    assertEquals(expected.length, at, "as made more code");
  }

  private static byte[] textSection(Path object) throws IOException, InterruptedException {
    String listing = run("objdump", "-h", object.toString());
    Matcher section =
        Pattern.compile(
                "\\.text\\s+(\\p{XDigit}+)\\s+\\p{XDigit}+\\s+\\p{XDigit}+\\s+(\\p{XDigit}+)")
            .matcher(listing);
    assertTrue(section.find(), listing);
    int size = Integer.parseInt(section.group(1), 16);
    int offset = Integer.parseInt(section.group(2), 16);
    byte[] file = Files.readAllBytes(object);
    return Arrays.copyOfRange(file, offset, offset + size);
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    Stream.<Class<?>>iterate(Assembler.class, Class::getSuperclass)
        .takeWhile(type -> type != Encoder.class)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> !Modifier.isPrivate(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !NO_INSTRUCTIONS.contains(method.getName()))
        .filter(method -> !Arrays.asList(method.getParameterTypes()).contains(Label.class))
        .sorted(Comparator.comparing(Method::toString))
        .forEach(method -> addCases(method, cases));
    return cases;
  }

  /// Walks through the values of each operand while the others take turns, so that every value is
  /// seen with several others.
  private static void addCases(Method method, List<Case> cases) {
    List<List<?>> values =
        Arrays.stream(method.getParameterTypes())
            .<List<?>>map(type -> valuesOf(method, type))
            .toList();
    int count = values.stream().mapToInt(List::size).max().orElse(1);
    for (int round = 0; round < (values.isEmpty() ? 1 : 3); round++) {
      for (int i = 0; i < count; i++) {
        List<Object> operands = new ArrayList<>();
        for (int k = 0; k < values.size(); k++) {
          List<?> choice = values.get(k);
          operands.add(choice.get((i + (round + k) * (2 * k + 1)) % choice.size()));
        }
        cases.add(new Case(method, operands, text(method, operands)));
      }
    }
  }

  private static List<?> valuesOf(Method method, Class<?> type) {
    if (type == int.class || type == long.class) {
      return immediates(method, type);
    }
    if (type == Mem.class) {
      return PLACES;
    }
    if (type.isEnum()) {
      return List.of(type.getEnumConstants());
    }
    Class<?> registers = type.getPermittedSubclasses()[0];
    return Stream.concat(Arrays.stream(registers.getEnumConstants()), PLACES.stream()).toList();
  }

  private static List<?> immediates(Method method, Class<?> type) {
    if (type == long.class) {
      return List.of(
          0L, 1L, 127L, 0x7FFF_FFFFL, 0xFFFF_FFFFL, -1L, -5_000L, 1L << 40, Long.MIN_VALUE);
    }
    return switch (method.getName()) {
      case "add", "or", "and", "sub", "xor", "cmp" -> List.of(0, 1, 127, -128, 128, -129, 1 << 30);
      case "shl", "shr", "shr32" -> List.of(2, 5, 31);
      default -> IntStream.range(0, method.getName().startsWith("v") ? 8 : 2).boxed().toList();
    };
  }

  private static String text(Method method, List<Object> operands) {
    String name = method.getName();
    StringBuilder text = new StringBuilder(MNEMONICS.getOrDefault(name, name));
    if (name.equals("mov")
        && operands.get(1) instanceof Long value
        && value != value.intValue()
        && value >>> 32 != 0) {
      text = new StringBuilder("movabs");
    }
    if (name.equals("vpdpbusd") && operands.getFirst() instanceof Ymm) {
      text.insert(0, "{vex} ");
    }
    for (int k = 0; k < operands.size(); k++) {
      text.append(k == 0 ? " " : ", ").append(operand(name, k, operands));
    }
    return text.toString();
  }

  private static String operand(String name, int k, List<Object> operands) {
    return switch (operands.get(k)) {
      case Gpr register -> gpr(name, k, operands, register);
      case Register register -> register.toString().toLowerCase(Locale.ROOT);
      case Mem mem -> width(name) + memory(mem);
      case Integer value -> maskedImmediate(name, value);
      case Long value -> "0x" + Long.toHexString(value);
      default -> throw new AssertionError(operands.get(k));
    };
  }

  private static String maskedImmediate(String name, int value) {
    return name.startsWith("v") ? Integer.toString(value & 0xFF) : Integer.toString(value);
  }

  private static String width(String name) {
    return switch (name) {
      case "movzx8" -> "byte ptr ";
      case "movzx16" -> "word ptr ";
      default -> "";
    };
  }

  private static String gpr(String name, int k, List<Object> operands, Gpr register) {
    boolean half =
        name.equals("mov32")
            || name.equals("shr32")
            || name.equals("vmovd")
            || name.equals("vpbroadcastd")
            || name.equals("vpmovmskb")
            || (name.startsWith("movzx") && k == 0)
            || (name.equals("mov") && operands.get(1) instanceof Long value && value >>> 32 == 0);
    return name.equals("movzx16") && k == 1
        ? part(register, "w", "")
        : half ? part(register, "d", "e") : part(register, "", "r");
  }

  private static String part(Gpr register, String suffix, String prefix) {
    String name = register.toString().toLowerCase(Locale.ROOT);
    return register.number() >= 8 ? name + suffix : prefix + name.substring(1);
  }

  private static String memory(Mem mem) {
    String index = mem.index() == null ? "" : "+%s*%d".formatted(mem.index(), mem.scale());
    return "[%s%s%+d]".formatted(mem.base(), index, mem.displacement()).toLowerCase(Locale.ROOT);
  }

  private static boolean runs(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  @Test
  void knowsSomeEncodingsByHeart() {
    assertEncoding("c5f5fcc2", a -> a.vpaddb(Ymm.YMM0, Ymm.YMM1, Ymm.YMM2));
    assertEncoding("c4624504 4d20", a -> a.vpmaddubsw(Ymm.YMM9, Ymm.YMM7, Mem.at(Gpr.RBP, 32)));
    assertEncoding("c4623d04 3c24", a -> a.vpmaddubsw(Ymm.YMM15, Ymm.YMM8, Mem.at(Gpr.RSP)));
    assertEncoding("c4e26d50 4840", a -> a.vpdpbusd(Ymm.YMM1, Ymm.YMM2, Mem.at(Gpr.RAX, 64)));
    assertEncoding("62f26d48 504801", a -> a.vpdpbusd(Zmm.ZMM1, Zmm.ZMM2, Mem.at(Gpr.RAX, 64)));
    assertEncoding("4883c005", a -> a.add(Gpr.RAX, 5));
    assertEncoding("48b8efcdab8967452301", a -> a.mov(Gpr.RAX, 0x123456789abcdefL));
    assertEncoding("410f184c2440", a -> a.prefetcht0(Mem.at(Gpr.R12, 64)));
    assertEncoding(
        "c5f877c3",
        a -> {
          a.vzeroupper();
          a.ret();
        });
  }

  @Test
  void jumpsBackShortOrFarAndForward() {
    assertEncoding(
        "48ffc9 75fb e900000000 c3",
        a -> {
          Label loop = a.here();
          Label end = a.newLabel();
          a.dec(Gpr.RCX);
          a.jne(loop);
          a.jmp(end);
          a.bind(end);
          a.ret();
        });
    assertEncoding(
        "c3".repeat(200) + "0f8532ffffff",
        a -> {
          Label start = a.here();
          for (int i = 0; i < 200; i++) {
            a.ret();
          }
          a.jne(start);
        });
  }

  @Test
  void findsConstantsAmongTheCode() {
    assertEncoding(
        "c5fc59 0d01000000 c3 2a000000",
        a -> {
          Label constant = a.newLabel();
          a.vmulps(Ymm.YMM1, Ymm.YMM0, Mem.at(constant));
          a.ret();
          a.bind(constant);
          a.emit32(42);
        });
  }

  @Test
  void refusesWhatCannotBeEncoded() {
    assertThrows(IllegalArgumentException.class, () -> Mem.at(Gpr.RAX, Gpr.RSP, 1));
    assertThrows(IllegalArgumentException.class, () -> Mem.at(Gpr.RAX, Gpr.RCX, 3));
    Assembler assembler = new Assembler();
    assembler.jmp(assembler.newLabel());
    assertThrows(IllegalStateException.class, assembler::code);
    Label twice = assembler.here();
    assertThrows(IllegalStateException.class, () -> assembler.bind(twice));
  }

  private static void assertEncoding(String expected, Consumer<Assembler> listing) {
    Assembler assembler = new Assembler();
    listing.accept(assembler);
    assertEquals(expected.replace(" ", ""), HexFormat.of().formatHex(assembler.code()));
  }
}

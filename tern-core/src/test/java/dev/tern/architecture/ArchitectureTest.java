package dev.tern.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The rules of `docs/architecture.md`, each also seen failing on classes in `bad` that break it.
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tern");

  private static final JavaClasses BAD =
      new ClassFileImporter().importPackages("dev.tern.architecture.bad");

  private static final Map<String, ArchRule> RULES = rules();

  private static Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put(
        "only kernel.vector knows the Vector API",
        noClasses()
            .that()
            .resideOutsideOfPackage("..kernel.vector..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector.."));
    rules.put(
        "only kernel knows kernel.vector",
        noClasses()
            .that()
            .resideOutsideOfPackages("..kernel", "..kernel.vector..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tern.kernel.vector.."));
    rules.put(
        "only kernel knows kernel.x86",
        noClasses()
            .that()
            .resideOutsideOfPackages("..kernel", "..kernel.x86..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tern.kernel.x86.."));
    rules.put("tensor knows no other room", roomKnowsOnly("tensor"));
    rules.put("file knows no other room", roomKnowsOnly("file"));
    rules.put("gguf knows tensors only", roomKnowsOnly("gguf", "file", "tensor"));
    rules.put(
        "safetensors knows json and tensors only",
        roomKnowsOnly("safetensors", "file", "json", "tensor"));
    rules.put(
        "source knows files, quant and the tokenizer",
        roomKnowsOnly("source", "gguf", "safetensors", "json", "quant", "tensor", "tokenizer"));
    rules.put("json knows no other room", roomKnowsOnly("json"));
    rules.put("quant knows tensors only", roomKnowsOnly("quant", "tensor"));
    rules.put("kernel knows quant and tensor", roomKnowsOnly("kernel", "quant", "tensor"));
    rules.put(
        "model knows kernel, quant and tensor",
        roomKnowsOnly("model", "kernel", "quant", "tensor"));
    rules.put("tokenizer knows json only", roomKnowsOnly("tokenizer", "json"));
    rules.put("chat knows json and the tokenizer", roomKnowsOnly("chat", "tokenizer", "json"));
    rules.put(
        "generate knows model, kernel, tokenizer and grammar",
        roomKnowsOnly("generate", "model", "kernel", "tokenizer", "grammar"));
    rules.put("embed knows model and kernel", roomKnowsOnly("embed", "model", "kernel"));
    rules.put(
        "grammar knows json and the tokenizer", roomKnowsOnly("grammar", "json", "tokenizer"));
    rules.put(
        "tools knows chat, grammar and json", roomKnowsOnly("tools", "chat", "grammar", "json"));
    rules.put("synthetic knows files only", roomKnowsOnly("synthetic", "gguf", "quant", "tensor"));
    rules.put(
        "rooms have no cycles", slices().matching("dev.tern.(*)..").should().beFreeOfCycles());
    rules.put(
        "core stands on the JDK alone",
        classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                "java..", "jdk.incubator.vector..", "dev.tern..", "org.jspecify.."));
    rules.put(
        "core has no network",
        noClasses().should().dependOnClassesThat().resideInAPackage("java.net.."));
    rules.put(
        "core writes to no stream", GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS);
    rules.put(
        "exceptions say what they are",
        GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS);
    rules.put(
        "names say what a class is",
        noClasses()
            .should()
            .haveNameMatching(".*\\.(Abstract\\w*|\\w*(Impl|Manager|Helper|Util|Utils))"));
    return rules;
  }

  private static ArchRule roomKnowsOnly(String room, String... others) {
    String[] allowed =
        Stream.concat(
                Stream.of(
                    "java..", "jdk.incubator.vector..", "org.jspecify..", "dev.tern", room(room)),
                Stream.of(others).map(ArchitectureTest::room))
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage(room(room))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed);
  }

  /// The room in the core, or its counterpart among the bad classes.
  private static String room(String name) {
    return "dev.tern.." + name + "..";
  }

  @TestFactory
  Stream<DynamicTest> theCoreKeepsEveryRule() {
    return RULES.entrySet().stream()
        .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> rule.getValue().check(CORE)));
  }

  @TestFactory
  Stream<DynamicTest> badClassesBreakTheRules() {
    List<String> shown =
        List.of(
            "only kernel.vector knows the Vector API",
            "only kernel knows kernel.vector",
            "only kernel knows kernel.x86",
            "gguf knows tensors only",
            "model knows kernel, quant and tensor",
            "rooms have no cycles",
            "core stands on the JDK alone",
            "core has no network",
            "core writes to no stream",
            "exceptions say what they are",
            "names say what a class is");
    return shown.stream()
        .map(name ->
            DynamicTest.dynamicTest(
                name, () -> assertTrue(rule(name).evaluate(BAD).hasViolation(), "nothing found")));
  }

  private static ArchRule rule(String name) {
    // Cycles are looked for one level deeper among the bad classes.
    return name.equals("rooms have no cycles")
        ? slices().matching("dev.tern.architecture.bad.(*)..").should().beFreeOfCycles()
        : RULES.get(name);
  }

  @Test
  void everyPackageHasAPackageInfoThatIsNullMarked() throws IOException {
    Path sources = Path.of("src/main/java");
    try (Stream<Path> files = Files.walk(sources)) {
      List<Path> packages =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .map(Path::getParent)
              .filter(folder -> !folder.equals(sources))
              .distinct()
              .toList();
      assertTrue(packages.size() > 5, "the sources were not found");
      for (Path folder : packages) {
        String text = Files.readString(folder.resolve("package-info.java"));
        assertTrue(text.startsWith("///"), folder + " has no description");
        assertTrue(text.contains("@NullMarked"), folder + " is not null-marked");
      }
    }
  }
}

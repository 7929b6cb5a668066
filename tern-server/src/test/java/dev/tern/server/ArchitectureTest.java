package dev.tern.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.GeneralCodingRules;
import org.junit.jupiter.api.Test;

/// What the rooms' `package-info.java` say.
class ArchitectureTest {
  private static final JavaClasses MODULE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tern.server");

  @Test
  void seamKnowsNothingElse() {
    onlyDependsOn("api");
  }

  @Test
  void httpKnowsNothingOfModels() {
    onlyDependsOn("http", "dev.tern.server.api", "io.helidon..", "javax.net.ssl");
  }

  @Test
  void protocolKnowsNothingOfHttp() {
    onlyDependsOn(
        "openai",
        "dev.tern",
        "dev.tern.chat",
        "dev.tern.grammar",
        "dev.tern.tokenizer",
        "dev.tern.tools",
        "dev.tern.server.api",
        "dev.tern.server.engine");
  }

  @Test
  void filesOfRequestsKnowNothingOfModels() {
    onlyDependsOn("batch", "dev.tern.server.api");
  }

  @Test
  void metricsKnowNothingOfHttp() {
    onlyDependsOn(
        "metrics", "dev.tern", "dev.tern.server.api", "dev.tern.server.engine", "io.micrometer..");
  }

  @Test
  void servedModelsKnowNothingOfProtocols() {
    classes()
        .that()
        .resideInAPackage("dev.tern.server.engine")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "org.jspecify..", "dev.tern", "dev.tern.server.engine")
        .check(MODULE);
  }

  @Test
  void pageIsFilesOnly() {
    onlyDependsOn("page", "dev.tern.server.http");
  }

  @Test
  void roomsHaveNoCycles() {
    slices().matching("dev.tern.server.(*)..").should().beFreeOfCycles().check(MODULE);
  }

  @Test
  void nothingIsPrinted() {
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MODULE);
  }

  private static void onlyDependsOn(String room, String... others) {
    String[] allowed = new String[others.length + 4];
    System.arraycopy(others, 0, allowed, 0, others.length);
    allowed[others.length] = "java..";
    allowed[others.length + 1] = "tools.jackson..";
    allowed[others.length + 2] = "org.jspecify..";
    allowed[others.length + 3] = "dev.tern.server." + room;
    classes()
        .that()
        .resideInAPackage("dev.tern.server." + room)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed)
        .check(MODULE);
  }
}

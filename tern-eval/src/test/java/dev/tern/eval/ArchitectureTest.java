package dev.tern.eval;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.GeneralCodingRules;
import org.junit.jupiter.api.Test;

/// What `package-info.java` says of this room.
class ArchitectureTest {
  private static final JavaClasses MODULE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tern.eval");

  @Test
  void standsOnTheOpenRoomsOfTheCore() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java.io",
            "java.lang..",
            "java.nio..",
            "java.util..",
            "org.jspecify..",
            "dev.tern",
            "dev.tern.gguf",
            "dev.tern.quant",
            "dev.tern.source",
            "dev.tern.tensor",
            "dev.tern.tokenizer",
            "dev.tern.eval")
        .check(MODULE);
  }

  @Test
  void writesToNoStreamAndThrowsNamedExceptions() {
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MODULE);
    GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS.check(MODULE);
  }
}

package dev.tern.convert;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.GeneralCodingRules;
import org.junit.jupiter.api.Test;

/// The rules of `package-info.java`.
class ArchitectureTest {
  private static final JavaClasses MODULE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tern.convert");

  @Test
  void knowsFilesAndEncodingsOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java.io..",
            "java.lang..",
            "java.math..",
            "java.nio..",
            "java.util..",
            "org.jspecify..",
            "tools.jackson..",
            "dev.tern",
            "dev.tern.convert",
            "dev.tern.file",
            "dev.tern.gguf",
            "dev.tern.quant",
            "dev.tern.safetensors",
            "dev.tern.source",
            "dev.tern.tensor",
            "dev.tern.tokenizer")
        .check(MODULE);
  }

  @Test
  void writesToNoStreamAndThrowsNamedExceptionsOnly() {
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MODULE);
    GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS.check(MODULE);
  }
}

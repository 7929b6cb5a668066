package dev.tern.train;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

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
          .importPackages("dev.tern.train");

  @Test
  void settingsKnowNothingElse() {
    classes()
        .that()
        .resideInAPackage("dev.tern.train.config")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "tools.jackson..", "org.jspecify..", "dev.tern.train.config")
        .check(MODULE);
  }

  @Test
  void engineKnowsNothingOfModels() {
    classes()
        .that()
        .resideInAPackage("dev.tern.train.engine")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..", "ai.djl..", "org.jspecify..", "dev.tern.hub", "dev.tern.train.engine")
        .check(MODULE);
  }

  @Test
  void textVocabulariesAndReportsDoWithoutTheEngine() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.tern.train.data", "dev.tern.train.vocabulary", "dev.tern.train.report")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(MODULE);
  }

  @Test
  void picturesAreDrawnInOnePlace() {
    noClasses()
        .that()
        .doNotHaveSimpleName("LossPlot")
        .and()
        .doNotHaveFullyQualifiedName("dev.tern.train.report.LossPlot$Horizontal")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.knowm..", "java.awt..")
        .check(MODULE);
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MODULE);
  }
}

package dev.tern.hub;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

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
          .importPackages("dev.tern.hub");

  @Test
  void dependsOnNoOtherModuleOfTern() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..", "javax.net.ssl", "tools.jackson..", "org.jspecify..", "dev.tern.hub")
        .check(MODULE);
  }

  @Test
  void readsJsonInOnePlace() {
    noClasses()
        .that()
        .doNotHaveSimpleName("RepositoryListing")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("tools.jackson..")
        .check(MODULE);
  }

  @Test
  void speaksHttpInOnePlace() {
    noClasses()
        .that()
        .doNotHaveSimpleName("HubClient")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.http.HttpClient")
        .check(MODULE);
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MODULE);
  }
}

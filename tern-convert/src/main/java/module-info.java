/// Models from one form to another.
module dev.tern.convert {
  requires transitive dev.tern.core;
  requires static org.jspecify;
  requires tools.jackson.databind;

  exports dev.tern.convert;
}

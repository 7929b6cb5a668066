/// A small model that tells stories.
module dev.tern.story {
  requires transitive dev.tern.core;
  requires static org.jspecify;

  exports dev.tern.story;
}

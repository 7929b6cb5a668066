/// Measures models: perplexity, and what two models have in common.
module dev.tern.eval {
  requires transitive dev.tern.core;
  requires static org.jspecify;

  exports dev.tern.eval;
}

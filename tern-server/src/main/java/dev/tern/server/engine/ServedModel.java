package dev.tern.server.engine;

import dev.tern.BatchEngine;
import dev.tern.TernModel;
import java.time.Instant;

/// A model that is served. Immutable and safe for use by many threads.
///
/// @param id what clients call it
/// @param created when it was made, as far as is known
/// @param model loaded; it belongs to who loaded it
/// @param engine answers for it; it belongs to who made it
/// @param observer wants to know what becomes of requests
public record ServedModel(
    String id, Instant created, TernModel model, BatchEngine engine, RequestObserver observer) {}

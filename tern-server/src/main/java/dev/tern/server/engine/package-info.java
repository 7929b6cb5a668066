/// A model that is served: loaded, with the batch engine that answers for it, and who wants to know
/// what becomes of requests. Core alone; nothing of JSON or HTTP.
@NullMarked
package dev.tern.server.engine;

import org.jspecify.annotations.NullMarked;

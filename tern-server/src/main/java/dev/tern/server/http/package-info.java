/// What carries calls: Helidon's web server, routes, keys, limits, JSON bodies, server-sent events,
/// files that are served as they are. The only room that knows Helidon; it knows `api` and nothing
/// of models.
@NullMarked
package dev.tern.server.http;

import org.jspecify.annotations.NullMarked;

/// What a server says of itself to Prometheus: how many requests wait and run, how soon they
/// answer, what they take. The only room that knows Micrometer; rooms it may use: `api`, `engine`.
@NullMarked
package dev.tern.server.metrics;

import org.jspecify.annotations.NullMarked;

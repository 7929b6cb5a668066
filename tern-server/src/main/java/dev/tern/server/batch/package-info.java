/// Files of requests: OpenAI's batch lines answered by the endpoints that answer connections,
/// resumable. Rooms it may use: `api`. Nothing of HTTP or of models.
@NullMarked
package dev.tern.server.batch;

import org.jspecify.annotations.NullMarked;

/// What OpenAI's protocol says: fields of requests read and checked, answers and events written.
/// Rooms it may use: `api`, `engine`. Nothing of HTTP, so that files of requests are answered by
/// the same code as connections.
@NullMarked
package dev.tern.server.openai;

import org.jspecify.annotations.NullMarked;

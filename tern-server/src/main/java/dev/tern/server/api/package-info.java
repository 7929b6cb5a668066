/// The seam between the protocol and what carries it: a call, its answer, how it is refused. JSON
/// trees and the JDK alone; nothing of HTTP, of OpenAI's fields or of models.
@NullMarked
package dev.tern.server.api;

import org.jspecify.annotations.NullMarked;

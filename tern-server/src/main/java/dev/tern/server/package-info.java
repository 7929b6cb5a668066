/// Serves a model over the OpenAI protocol: the face of the module, which puts its rooms together.
@NullMarked
package dev.tern.server;

import org.jspecify.annotations.NullMarked;

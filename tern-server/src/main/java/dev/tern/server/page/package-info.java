/// The page for people: chatting in a browser with the model that is served. Its files, which are
/// resources of this package, speak the protocol like any other client; the code here only lists
/// them. Nothing of models or of the protocol.
@NullMarked
package dev.tern.server.page;

import org.jspecify.annotations.NullMarked;

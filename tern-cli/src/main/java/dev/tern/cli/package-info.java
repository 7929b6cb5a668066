/// The `tern` command: turns command lines into calls and exceptions into exit codes.
///
/// [dev.tern.cli.Main] is the entry; each command is a class of its own, and groups of options that
/// several commands share are mix-ins. Standard output carries results only; notes, progress and
/// the closing line of a run go to standard error.
///
/// May use the public faces of the other modules; reaches into the core's rooms only where a
/// command is about them (`show`, `doctor`, `bench`).
@NullMarked
package dev.tern.cli;

import org.jspecify.annotations.NullMarked;

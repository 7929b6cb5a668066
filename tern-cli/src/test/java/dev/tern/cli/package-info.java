/// Runs the commands as a person does, in this process, on small models that the tests write.
package dev.tern.cli;

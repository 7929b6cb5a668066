/// What is kept of how a run went: its log, and pictures of it. Knows what a run reports; knows
/// neither the engine nor models.
@NullMarked
package dev.tern.train.report;

import org.jspecify.annotations.NullMarked;

/// What a training run is: immutable settings, checked when they are made. Knows neither files of
/// data nor the engine.
@NullMarked
package dev.tern.train.config;

import org.jspecify.annotations.NullMarked;

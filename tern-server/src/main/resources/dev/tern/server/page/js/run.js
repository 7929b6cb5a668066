// One answer while it is made: its text, its times, how it ended.

import { ApiError } from './api.js';

const SAVE_EVERY = 1000;

/**
 * Reads an answer to its end. `into` gets `text`, `finish` ('stop', 'length', 'stopped' by the person, 'error'), `stats` and `error` as they come;
 * a view may come and go by setting `onText`.
 */
export class Run {
  onText = () => {};
  #controller = new AbortController();
  #started = performance.now();
  #first = null;
  #last = null;
  #pieces = 0;

  constructor(into, keep) {
    this.into = into;
    this.#keepNow = keep;
  }

  #keepNow;
  #kept = performance.now();

  stop() {
    this.#controller.abort();
  }

  /** Waits, but no longer than until it is stopped. */
  async until(promise) {
    const { signal } = this.#controller;
    await Promise.race([promise, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
  }

  /** Never throws: a failure becomes part of the answer. */
  async read(open) {
    const { into } = this;
    try {
      for await (const part of open(this.#controller.signal)) {
        if (part.text) this.#text(part.text);
        if (part.finish) into.finish = part.finish;
        if (part.usage) into.usage = { prompt: part.usage.prompt_tokens, completion: part.usage.completion_tokens };
      }
    } catch (failure) {
      this.#fail(failure);
    }
    into.stats = this.#stats();
    delete into.pending;
    this.#keepNow();
  }

  #text(text) {
    this.#last = performance.now();
    this.#first ??= this.#last;
    this.#pieces++;
    this.into.content += text;
    this.onText(text);
    if (this.#last - this.#kept > SAVE_EVERY) {
      this.#kept = this.#last;
      this.#keepNow();
    }
  }

  #fail(failure) {
    if (failure.name === 'AbortError') {
      this.into.finish = 'stopped';
      return;
    }
    const known = failure instanceof ApiError;
    if (!known) console.error(failure);
    this.into.finish = 'error';
    this.into.error = known
      ? { kind: failure.kind, message: failure.message, retryAt: failure.retryAfter === null ? null : Date.now() + failure.retryAfter * 1000 }
      : { kind: 'server', message: `The page failed: ${failure.message}` };
  }

  /** Without the server's count (an answer that was stopped), pieces stand for tokens. */
  #stats() {
    if (this.#first === null) return null;
    const counted = this.into.usage?.completion;
    const tokens = counted ?? this.#pieces;
    const seconds = (this.#last - this.#first) / 1000;
    return {
      tokens,
      exact: counted !== undefined,
      first: (this.#first - this.#started) / 1000,
      rate: tokens > 1 && seconds > 0 ? (tokens - 1) / seconds : null,
    };
  }
}

/** `132 tokens · 45.1 tokens/s · first after 0.21 s`. */
export function describe(stats) {
  if (!stats) return '';
  const parts = [`${stats.exact ? '' : 'about '}${stats.tokens.toLocaleString('en')} ${stats.tokens === 1 ? 'token' : 'tokens'}`];
  if (stats.rate) parts.push(`${stats.rate.toFixed(1)} tokens/s`);
  parts.push(`first after ${stats.first.toFixed(2)} s`);
  return parts.join(' · ');
}

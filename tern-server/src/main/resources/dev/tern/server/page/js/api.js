// Talks to the server that the page came from.

import { events } from './sse.js';
import { key } from './store.js';

const PATIENCE = 10_000;

/**
 * What went wrong, for people. Kinds: 'down' (no answer), 'model' (the server has no such model), 'key', 'busy' (with `retryAfter` in seconds), 'context', 'refused' (what was asked for is wrong),
 * 'server', 'broken' (the answer ended in the middle).
 */
export class ApiError extends Error {
  constructor(kind, message, retryAfter = null) {
    super(message);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

async function request(path, options = {}) {
  const headers = { ...options.headers };
  const given = key.read();
  if (!key.fits(given)) throw new ApiError('key', 'The key has characters that no key can have.');
  if (given) headers.Authorization = `Bearer ${given}`;
  let response;
  try {
    response = await fetch(new URL(path, document.baseURI), { ...options, headers, cache: 'no-store' });
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new ApiError('down', 'The server does not answer. Is it still running?');
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const text = await response.text().catch(() => '');
  const { message, code } = errorOf(text);
  const said = message || `The server answered ${response.status}.`;
  if (response.status === 401) return new ApiError('key', said);
  if (response.status === 429) return new ApiError('busy', said, retryAfter(response));
  if (response.status === 503) return new ApiError('server', said, retryAfter(response));
  if (code === 'context_length_exceeded') return new ApiError('context', said);
  if (code === 'model_not_found') return new ApiError('model', said);
  return new ApiError(response.status < 500 ? 'refused' : 'server', said);
}

function errorOf(text) {
  try {
    const { error } = JSON.parse(text);
    return typeof error === 'string' ? { message: error } : (error ?? {});
  } catch {
    return {};
  }
}

function retryAfter(response) {
  const value = response.headers.get('Retry-After');
  if (value === null) return null;
  const seconds = /^\d+$/.test(value.trim()) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

/** The models: [{id, chat, contextLength}]. A server that says nothing for `patience` milliseconds counts as down. */
export async function models(patience = PATIENCE) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException('The server is too slow.', 'TimeoutError')), patience);
  try {
    return await modelsOf(await request('v1/models', { signal: limit.signal }));
  } finally {
    clearTimeout(timer);
  }
}

async function modelsOf(response) {
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new ApiError('server', 'The list of models cannot be read.');
  }
  return (answer.data ?? []).map(({ id, tern }) => ({ id, chat: tern?.chat !== false, contextLength: tern?.context_length ?? null }));
}

/** Streams `{text}`, `{finish}` and `{usage}` for a conversation. */
export function chat(body, signal) {
  return stream('v1/chat/completions', body, signal, (choice) => choice.delta?.content);
}

/** The same for a text that is continued. */
export function complete(body, signal) {
  return stream('v1/completions', body, signal, (choice) => choice.text);
}

async function* stream(path, body, signal, textOf) {
  const response = await request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  let finished = false;
  try {
    for await (const event of events(response.body)) {
      if (event.data === '[DONE]') return;
      const chunk = parseChunk(event);
      const choice = chunk.choices?.[0];
      const text = choice && textOf(choice);
      if (text) yield { text };
      if (choice?.finish_reason) {
        finished = true;
        yield { finish: choice.finish_reason };
      }
      if (chunk.usage) yield { usage: chunk.usage };
    }
  } catch (failure) {
    if (failure instanceof ApiError || failure.name === 'AbortError') throw failure;
    throw new ApiError('broken', 'The connection broke off in the middle of the answer.');
  }
  if (!finished) throw new ApiError('broken', 'The answer ended before it was complete.');
}

function parseChunk(event) {
  let chunk;
  try {
    chunk = JSON.parse(event.data);
  } catch {
    throw new ApiError('broken', 'The server sent something that cannot be read.');
  }
  if (chunk?.error || event.type === 'error') {
    const { message, code } = errorOf(event.data);
    throw new ApiError(code === 'context_length_exceeded' ? 'context' : 'server', message || 'The server reported an error.');
  }
  return chunk ?? {};
}

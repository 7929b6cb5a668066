// What a conversation is. The browser may hold anything under its name: what earlier pages, other programs or accidents left there.

const TITLE_LENGTH = 60;
const ENDS = ['stop', 'length', 'stopped', 'error'];
const UNKNOWN = { kind: 'server', message: 'The answer failed.' };

/** A conversation that is kept from the first time it is saved: one of `messages` (kind 'chat') or a `text` (kind 'text'). */
export function create(kind, system) {
  const now = Date.now();
  const content = kind === 'chat' ? { system, messages: [] } : { text: '' };
  return { id: newId(), kind, title: '', named: false, revision: 0, created: now, updated: now, ...content };
}

/** `crypto.randomUUID` is missing where a page is served by http to another machine. */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What can be used of a conversation that was kept as `id`, or null where nothing can. */
export function restore(id, kept) {
  const kind = Array.isArray(kept?.messages) ? 'chat' : typeof kept?.text === 'string' ? 'text' : null;
  if (kind === null) return null;
  const content = kind === 'chat' ? { system: textOr(kept.system, ''), messages: kept.messages.map(message).filter(Boolean) } : { text: kept.text };
  const conversation = {
    id,
    kind,
    title: textOr(kept.title, ''),
    named: kept.named === true && typeof kept.title === 'string',
    revision: numberOr(kept.revision, 0),
    created: numberOr(kept.created, 0),
    updated: numberOr(kept.updated, 0),
    ...content,
  };
  conversation.title ||= titleOf(conversation);
  return conversation;
}

function message(kept) {
  const content = textOr(kept?.content, '');
  if (kept?.role === 'user') return content ? { role: 'user', content } : null;
  if (kept?.role !== 'assistant') return null;
  const answer = { role: 'assistant', content };
  if (typeof kept.model === 'string') answer.model = kept.model;
  if (kept.pending === true) answer.pending = true;
  if (ENDS.includes(kept.finish)) answer.finish = kept.finish;
  if (areNumbers(kept.usage?.prompt, kept.usage?.completion)) answer.usage = { prompt: kept.usage.prompt, completion: kept.usage.completion };
  if (areNumbers(kept.stats?.tokens, kept.stats?.first)) answer.stats = stats(kept.stats);
  if (answer.finish === 'error') answer.error = error(kept.error);
  return answer;
}

function stats({ tokens, first, rate, exact }) {
  return { tokens, first, rate: numberOr(rate, null), exact: exact === true };
}

function error(kept) {
  if (typeof kept?.message !== 'string') return UNKNOWN;
  return { kind: textOr(kept.kind, 'server'), message: kept.message, retryAt: numberOr(kept.retryAt, null) };
}

function textOr(value, other) {
  return typeof value === 'string' ? value : other;
}

function numberOr(value, other) {
  return Number.isFinite(value) ? value : other;
}

function areNumbers(...values) {
  return values.every(Number.isFinite);
}

/** The beginning of what the person wrote. */
export function titleOf(conversation) {
  const text = conversation.kind === 'chat' ? conversation.messages.find((message) => message.role === 'user')?.content : conversation.text;
  const line = (text ?? '').replace(/\s+/g, ' ').trim();
  return line.length > TITLE_LENGTH ? line.slice(0, TITLE_LENGTH - 1).trimEnd() + '…' : line || 'Untitled';
}

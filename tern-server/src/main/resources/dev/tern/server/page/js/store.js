// Conversations and choices, kept in the browser. A browser that refuses to keep things still works until the page is closed.

const INDEX = 'tern.conversations';
const ONE = 'tern.conversation.';
const TITLE_LENGTH = 60;

const memory = new Map();
let onFailure = () => {};
let onConflict = () => {};

/** `listener` is called when something cannot be kept, so that it can be said. */
export function whenNotKept(listener) {
  onFailure = listener;
}

/** `listener` is called when another tab has changed a conversation that is saved, so that both are kept. */
export function whenBothAreKept(listener) {
  onConflict = listener;
}

/** What could not be kept is newer than what is kept under the same name. */
export function read(key, fallback) {
  try {
    const text = memory.get(key) ?? localStorage.getItem(key);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** Returns whether the browser keeps it longer than the page is open. */
export function write(key, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    memory.delete(key);
    return true;
  } catch {
    memory.set(key, text);
    onFailure();
    return false;
  }
}

function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // What could not be written need not be removed.
  }
}

/** The conversations of a kind ('chat' or 'text'), the latest first: {id, kind, title, updated}. */
export function list(kind) {
  const entries = read(INDEX, []);
  const valid = Array.isArray(entries) ? entries.filter((entry) => typeof entry?.id === 'string') : [];
  return valid.filter((entry) => !kind || entry.kind === kind).sort((a, b) => b.updated - a.updated);
}

/** A conversation that is kept from the first time it is saved. */
export function create(kind, system) {
  const now = Date.now();
  const content = kind === 'chat' ? { system, messages: [] } : { text: '' };
  return { id: newId(), kind, title: '', named: false, revision: 0, created: now, updated: now, ...content };
}

/** `crypto.randomUUID` is missing where a page is served by http to another machine. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function load(id) {
  const conversation = read(ONE + id, null);
  if (!conversation || !(Array.isArray(conversation.messages) || typeof conversation.text === 'string')) return null;
  return { ...conversation, revision: conversation.revision ?? 0 };
}

/**
 * Keeps a conversation, unless another tab has deleted it. Where another tab has saved it since it was loaded, what is saved here becomes a
 * conversation of its own.
 */
export function save(conversation) {
  if (!conversation.named) conversation.title = titleOf(conversation);
  const kept = revisionKept(conversation.id);
  if (kept === null && conversation.revision > 0) return;
  const conflict = kept !== null && kept !== conversation.revision;
  if (conflict) fork(conversation);
  const revision = conversation.revision + 1;
  if (write(ONE + conversation.id, { ...conversation, revision })) {
    conversation.revision = revision;
  } else {
    // What the storage has is still what it had.
    memory.set(ONE + conversation.id, JSON.stringify(conversation));
  }
  const { id, kind, title, updated } = conversation;
  write(INDEX, [{ id, kind, title, updated }, ...list().filter((entry) => entry.id !== id)]);
  if (conflict) onConflict();
}

/** The revision that all tabs see: each saving is one more. */
function revisionKept(id) {
  try {
    const text = localStorage.getItem(ONE + id);
    return text === null ? null : (JSON.parse(text)?.revision ?? 0);
  } catch {
    return null;
  }
}

function fork(conversation) {
  memory.delete(ONE + conversation.id);
  Object.assign(conversation, { id: newId(), revision: 0, title: `${conversation.title} (copy)`, named: true });
}

/** Whether a change of storage, whose `key` is null where all is gone, is one of this conversation. */
export function concerns(key, id) {
  return key === null || key === ONE + id;
}

function titleOf(conversation) {
  const text = conversation.kind === 'chat' ? conversation.messages.find((message) => message.role === 'user')?.content : conversation.text;
  const line = (text ?? '').replace(/\s+/g, ' ').trim();
  return line.length > TITLE_LENGTH ? line.slice(0, TITLE_LENGTH - 1).trimEnd() + '…' : line || 'Untitled';
}

export function drop(id) {
  remove(ONE + id);
  write(INDEX, list().filter((entry) => entry.id !== id));
}

export function dropAll() {
  for (const entry of list()) remove(ONE + entry.id);
  remove(INDEX);
}

export function exportAll() {
  return list().map((entry) => load(entry.id)).filter((conversation) => conversation !== null);
}

/** The key for the server: of this tab, or remembered. */
export const key = {
  read() {
    try {
      return sessionStorage.getItem('tern.key') ?? localStorage.getItem('tern.key') ?? memory.get('tern.key') ?? '';
    } catch {
      return memory.get('tern.key') ?? '';
    }
  },
  write(value, remember) {
    memory.set('tern.key', value);
    try {
      sessionStorage.setItem('tern.key', value);
      if (remember) localStorage.setItem('tern.key', value);
      else localStorage.removeItem('tern.key');
    } catch {
      onFailure();
    }
  },
};

// Conversations and choices, kept in the browser. A browser that refuses to keep things still works until the page is closed.

import { newId, restore, titleOf } from './conversation.js';

const INDEX = 'tern.conversations';
const ONE = 'tern.conversation.';

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
  const entries = kept().filter((entry) => !kind || entry.kind === kind);
  return entries.sort((a, b) => b.updated - a.updated);
}

/** The index saves reading every conversation. What it lacks is read, so one that is damaged, or was written by two tabs at once, hides nothing. */
function kept() {
  const index = read(INDEX, []);
  const known = new Map((Array.isArray(index) ? index : []).filter(isEntry).map((entry) => [entry.id, entry]));
  return ids()
    .map((id) => known.get(id) ?? load(id))
    .filter((entry) => entry !== null)
    .map(({ id, kind, title, updated }) => ({ id, kind, title, updated }));
}

function isEntry(entry) {
  return ['id', 'kind', 'title'].every((name) => typeof entry?.[name] === 'string') && Number.isFinite(entry.updated);
}

function ids() {
  const names = new Set(memory.keys());
  try {
    for (const name of Object.keys(localStorage)) names.add(name);
  } catch {
    // What is in memory is all there is.
  }
  return [...names].filter((name) => name.startsWith(ONE)).map((name) => name.slice(ONE.length));
}

export function load(id) {
  return restore(id, read(ONE + id, null));
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

export function drop(id) {
  remove(ONE + id);
  write(INDEX, list().filter((entry) => entry.id !== id));
}

export function dropAll() {
  for (const id of ids()) remove(ONE + id);
  remove(INDEX);
}

export function exportAll() {
  return list().map((entry) => load(entry.id)).filter((conversation) => conversation !== null);
}

/** The key for the server: of this tab, or remembered. */
export const key = {
  /** Whether it fits into a header: printable ASCII. */
  fits(value) {
    return /^[ -~]*$/.test(value);
  },
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

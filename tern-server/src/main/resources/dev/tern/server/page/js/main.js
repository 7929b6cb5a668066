// Puts the page together: which model, which conversation, which view.

import * as api from './api.js';
import { ChatView } from './chat.js';
import { create } from './conversation.js';
import { announce, byId, h, isComposing } from './dom.js';
import { askKey, setUpSettings } from './settings.js';
import { Sidebar } from './sidebar.js';
import * as store from './store.js';
import { WriterView } from './writer.js';

const LAST = 'tern.last';
const KIND = 'tern.kind';
const SYSTEM = 'tern.system';
const LOOK_AGAIN = 5000;

let models = [];
let model = null;
let view = null;
let used = 0;
let again = null;
let loading = null;
/** Whether the server may have other models than are known here. */
let stale = true;

const host = {
  model: () => model,
  fresh: async () => stale && (await loadModels()),
  failed(error) {
    if (!['down', 'broken', 'model'].includes(error.kind)) return;
    stale = true;
    loadModels();
  },
  changed: () => showList(),
  usage: showUsage,
  keyNeeded: async (reason, then) => {
    if (!(await askKey(reason))) return;
    await loadModels();
    then();
  },
};
const chat = new ChatView(host);
const writer = new WriterView(host);
const sidebar = new Sidebar({
  kind,
  current: () => view?.conversation?.id,
  start,
  open,
  rename(id, name) {
    const conversation = find(id);
    if (!conversation) return;
    Object.assign(conversation, { title: name, named: true });
    store.save(conversation);
  },
  dropped,
});

/** Until the server has said which model it has, what was wanted the last time. */
function kind() {
  if (model === null) return store.read(KIND, 'chat') === 'text' ? 'text' : 'chat';
  return model.chat ? 'chat' : 'text';
}

/** The conversation on the page, or one that is being answered, is newer than what is kept of it. */
function find(id) {
  return view.conversation?.id === id ? view.conversation : (chat.running(id) ?? store.load(id));
}

function start() {
  view.show(create(kind(), store.read(SYSTEM, '')));
  showList();
  view.focus();
}

function open(id) {
  if (id === view.conversation?.id) return;
  const conversation = find(id);
  if (!conversation) return start();
  view.show(conversation);
  showList();
}

function showList() {
  sidebar.show();
  store.write(`${LAST}.${kind()}`, view.conversation?.id);
}

/** What is on the page and is not being changed here follows the other tabs; what is gone there is gone here. */
function changedElsewhere(key) {
  for (const conversation of new Set([chat.conversation, writer.conversation, ...chat.answering()])) {
    if (!conversation?.revision || !store.concerns(key, conversation.id)) continue;
    const newer = store.load(conversation.id);
    if (!newer) dropped(conversation.id);
    else if (conversation === view.conversation && !view.busy() && !isBeingAnswered(newer)) view.show(newer);
  }
}

function isBeingAnswered(conversation) {
  return conversation.messages?.some((message) => message.pending) ?? false;
}

function dropped(id) {
  chat.forget(id);
  writer.forget(id);
  if (id === view.conversation?.id || view.conversation === null) start();
}

function showView() {
  const wanted = kind() === 'text' ? writer : chat;
  byId('chat').hidden = wanted !== chat;
  byId('writer').hidden = wanted !== writer;
  byId('system-field').hidden = wanted !== chat;
  byId('new').lastElementChild.textContent = wanted === chat ? 'New conversation' : 'New text';
  document.querySelector('.skip').href = wanted === chat ? '#input' : '#text';
  if (view === wanted) return;
  view = wanted;
  const last = store.load(store.read(`${LAST}.${kind()}`, ''));
  view.show(last?.kind === kind() ? last : create(kind(), store.read(SYSTEM, '')));
  showList();
  view.focus();
}

function showUsage(tokens) {
  used = tokens;
  const most = model?.contextLength;
  const count = tokens.toLocaleString('en');
  byId('context').textContent = tokens === 0 ? '' : most ? `${count} of ${most.toLocaleString('en')} tokens` : `${count} tokens`;
}

/** Asks the server which models it has, and goes on asking while it is down. */
function loadModels() {
  loading ??= lookForModels().finally(() => (loading = null));
  return loading;
}

async function lookForModels() {
  clearTimeout(again);
  try {
    models = await api.models();
    stale = false;
    model = models.find((known) => known.id === model?.id) ?? models[0] ?? null;
    banner(models.length ? '' : 'The server has no model.', 'Look again');
    if (model) store.write(KIND, kind());
  } catch (failure) {
    failed(failure);
  }
  showModel();
}

async function failed(failure) {
  banner(failure.message, failure.kind === 'key' ? 'Give a key' : 'Look again');
  if (failure.kind === 'key') {
    if (await askKey(failure.message)) loadModels();
  } else {
    again = setTimeout(loadModels, LOOK_AGAIN);
  }
}

function banner(text, action) {
  // The same text again would be read again, too.
  if (byId('banner-text').textContent === text) return;
  byId('banner').hidden = text === '';
  byId('banner-text').textContent = text;
  byId('banner-action').textContent = action;
}

function showModel() {
  const choice = byId('model-choice');
  choice.replaceChildren(...models.map((known) => h('option', { value: known.id, selected: known === model }, known.id)));
  choice.hidden = models.length < 2;
  byId('model-name').hidden = models.length >= 2;
  byId('model-name').textContent = model?.id ?? 'Tern';
  document.title = model ? `${model.id} – Tern` : 'Tern';
  showView();
  showUsage(used);
}

function escape() {
  if (document.querySelector('dialog[open]')) return;
  if (!sidebar.close()) view?.stop();
}

byId('model-choice').addEventListener('change', (event) => {
  model = models.find((known) => known.id === event.target.value);
  showModel();
});
byId('banner-action').addEventListener('click', loadModels);
document.addEventListener('keydown', (event) => event.key === 'Escape' && !isComposing(event) && escape());
window.addEventListener('pagehide', () => view?.saveAll());
window.addEventListener('storage', (event) => changedElsewhere(event.key));
store.whenBothAreKept(() => {
  announce('Another tab has changed this conversation; both are kept.');
  showList();
});
store.whenNotKept(() => {
  banner('This browser does not keep the conversations: its storage is full or switched off. Export what you need.', 'Look again');
});
setUpSettings(
  {
    get: () => chat.conversation?.system ?? store.read(SYSTEM, ''),
    set(text) {
      store.write(SYSTEM, text);
      if (!chat.conversation) return;
      chat.conversation.system = text;
      if (chat.conversation.messages.length) store.save(chat.conversation);
    },
  },
  loadModels,
);
showModel();
loadModels();

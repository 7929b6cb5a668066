// The list of conversations.

import { byId, confirm, h, iconButton, isComposing, saveFile } from './dom.js';
import * as store from './store.js';

export class Sidebar {
  #host;

  /** `host` has kind(), current(), open(id), start(), rename(id, name) and dropped(id). */
  constructor(host) {
    this.#host = host;
    byId('new').addEventListener('click', () => {
      this.close();
      host.start();
    });
    byId('open-drawer').addEventListener('click', () => this.#open());
    byId('close-drawer').addEventListener('click', () => this.close());
    byId('backdrop').addEventListener('click', () => this.close());
    byId('export-all').addEventListener('click', () => exportAs('tern-conversations.json', store.exportAll()));
    byId('delete-all').addEventListener('click', () => this.#deleteAll());
    window.addEventListener('storage', (event) => event.key?.startsWith('tern.conversation') && this.show());
    matchMedia('(min-width: 50rem)').addEventListener('change', () => this.close());
  }

  show() {
    const entries = store.list(this.#host.kind());
    byId('conversations').replaceChildren(...entries.map((entry) => this.#entry(entry)));
    byId('no-conversations').hidden = entries.length > 0;
    byId('export-all').disabled = byId('delete-all').disabled = store.list().length === 0;
  }

  #entry(entry) {
    const current = entry.id === this.#host.current();
    const title = h('button', { type: 'button', class: 'title', 'aria-current': current ? 'true' : null, title: entry.title }, entry.title);
    title.addEventListener('click', () => {
      this.close();
      this.#host.open(entry.id);
    });
    const item = h('li', { class: current ? 'current' : '' });
    const tools = h(
      'span',
      { class: 'tools' },
      iconButton('edit', `Rename ${entry.title}`, () => this.#rename(item, entry)),
      iconButton('download', `Export ${entry.title}`, () => exportAs(`tern-${entry.id}.json`, [store.load(entry.id)])),
      iconButton('trash', `Delete ${entry.title}`, () => this.#delete(entry)),
    );
    item.append(title, tools);
    return item;
  }

  #rename(item, entry) {
    const input = h('input', { 'aria-label': 'New name', maxlength: '200' });
    input.value = entry.title;
    let done = false;
    const leave = (name) => {
      if (done) return;
      done = true;
      if (name) this.#host.rename(entry.id, name);
      this.show();
      byId('conversations').querySelector('[aria-current]')?.focus();
    };
    input.addEventListener('keydown', (event) => {
      if (isComposing(event) || (event.key !== 'Enter' && event.key !== 'Escape')) return;
      event.preventDefault();
      event.stopPropagation();
      leave(event.key === 'Enter' ? input.value.trim() : '');
    });
    input.addEventListener('blur', () => leave(input.value.trim()));
    item.replaceChildren(input);
    input.select();
  }

  async #delete(entry) {
    if (!(await confirm(`Delete “${entry.title}”?`, 'Delete'))) return;
    this.#host.dropped(entry.id);
    store.drop(entry.id);
    this.show();
  }

  async #deleteAll() {
    const count = store.list().length;
    if (!(await confirm(`Delete ${count === 1 ? 'the one conversation' : `all ${count} conversations`} from this browser?`, 'Delete all'))) return;
    for (const entry of store.list()) this.#host.dropped(entry.id);
    store.dropAll();
    this.show();
  }

  #open() {
    byId('sidebar').classList.add('open');
    byId('backdrop').hidden = false;
    byId('page').inert = true;
    byId('open-drawer').setAttribute('aria-expanded', 'true');
    byId('close-drawer').focus();
  }

  /** Closes the drawer where it is one; returns whether it was open. */
  close() {
    if (!byId('sidebar').classList.contains('open')) return false;
    byId('sidebar').classList.remove('open');
    byId('backdrop').hidden = true;
    byId('page').inert = false;
    byId('open-drawer').setAttribute('aria-expanded', 'false');
    byId('open-drawer').focus();
    return true;
  }
}

function exportAs(name, conversations) {
  saveFile(name, JSON.stringify({ format: 'tern-conversations', version: 1, exported: new Date().toISOString(), conversations }, null, 2));
}

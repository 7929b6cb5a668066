// Sampling settings, the theme and the key: what a person chooses.

import { byId, h } from './dom.js';
import { key, read, write } from './store.js';

/** Names are the API's; what a field's bounds exclude is not sent. */
const FIELDS = [
  { name: 'temperature', label: 'Temperature', min: 0, max: 2, hint: 'Randomness; 0 takes the likeliest token.' },
  { name: 'top_p', label: 'Top-p', min: 0, max: 1, hint: 'Keeps the likeliest tokens up to this probability.' },
  { name: 'top_k', label: 'Top-k', min: 0, whole: true, hint: 'Keeps this many tokens; 0 keeps all.' },
  { name: 'min_p', label: 'Min-p', min: 0, max: 1, hint: 'Drops tokens below this share of the likeliest.' },
  { name: 'max_tokens', label: 'Max tokens', min: 1, whole: true, hint: 'Longest answer.' },
  { name: 'seed', label: 'Seed', min: 0, whole: true, hint: 'The same seed gives the same answer.' },
  { name: 'repeat_penalty', label: 'Repeat penalty', min: 0.01, max: 10, hint: '1 is none.' },
];

const SAMPLING = 'tern.sampling';

/** The settings that were made: what is empty is not in it. */
export function sampling() {
  const kept = read(SAMPLING, {}) ?? {};
  const made = FIELDS.filter((field) => isValid(field, kept[field.name]));
  return Object.fromEntries(made.map((field) => [field.name, kept[field.name]]));
}

function isValid(field, value) {
  return typeof value === 'number' && value >= field.min && value <= largest(field) && (!field.whole || Number.isSafeInteger(value));
}

function largest(field) {
  return field.max ?? (field.name === 'seed' ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1);
}

function samplingField(field) {
  const id = `setting-${field.name}`;
  const hint = h('span', { class: 'hint', id: `${id}-hint` }, field.hint);
  const input = h('input', { id, inputmode: field.whole ? 'numeric' : 'decimal', autocomplete: 'off', placeholder: 'default', 'aria-describedby': hint.id });
  input.value = sampling()[field.name] ?? '';
  input.addEventListener('input', () => {
    const text = input.value.trim().replace(',', '.');
    const value = text === '' ? undefined : Number(text);
    const valid = value === undefined || isValid(field, value);
    input.setAttribute('aria-invalid', String(!valid));
    hint.textContent = valid ? field.hint : `Not used: ${wanted(field)}.`;
    write(SAMPLING, { ...sampling(), [field.name]: valid ? value : undefined });
  });
  return h('div', { class: 'field' }, h('label', { for: id }, field.label), input, hint);
}

function wanted(field) {
  const kind = field.whole ? 'a whole number' : 'a number';
  return field.max === undefined ? `give ${kind} from ${field.min}` : `give ${kind} from ${field.min} to ${field.max}`;
}

function showSampling() {
  byId('sampling').replaceChildren(...FIELDS.map(samplingField));
}

function setUpTheme() {
  const kept = document.documentElement.dataset.theme ?? 'auto';
  for (const choice of document.querySelectorAll('input[name=theme]')) {
    choice.checked = choice.value === kept;
    choice.addEventListener('change', () => setTheme(choice.value));
  }
}

function setTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('tern.theme', theme);
  } catch {
    // It then holds until the page is closed.
  }
}

/** Asks for the key; resolves to whether one was given. */
export function askKey(reason) {
  const dialog = byId('key-dialog');
  if (dialog.open) return Promise.resolve(false);
  byId('key-reason').textContent = reason;
  byId('key').value = key.read();
  showKeyProblem('');
  dialog.returnValue = '';
  dialog.showModal();
  byId('key').select();
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'given'), { once: true }));
}

function showKeyProblem(problem) {
  byId('key-problem').textContent = problem;
  byId('key').setAttribute('aria-invalid', String(problem !== ''));
  if (problem) byId('key').focus();
}

/** Connects the dialogs. `system` gets and sets the conversation's system prompt; `onKey` is called with a new key. */
export function setUpSettings(system, onKey) {
  const sheet = byId('settings');
  setUpTheme();
  byId('open-settings').addEventListener('click', () => {
    byId('system').value = system.get();
    showSampling();
    sheet.showModal();
  });
  byId('close-settings').addEventListener('click', () => sheet.close());
  sheet.addEventListener('click', (event) => event.target === sheet && sheet.close());
  byId('system').addEventListener('input', () => system.set(byId('system').value));
  byId('reset').addEventListener('click', () => {
    write(SAMPLING, {});
    showSampling();
  });
  byId('change-key').addEventListener('click', async () => {
    sheet.close();
    if (await askKey('It is sent to this server only.')) onKey();
  });
  byId('key-cancel').addEventListener('click', () => byId('key-dialog').close());
  byId('key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const value = byId('key').value.trim();
    showKeyProblem(key.fits(value) ? '' : 'A key has letters, digits and signs of ASCII only. Was something else copied with it?');
    if (!key.fits(value)) return;
    key.write(value, byId('key-remember').checked);
    byId('key-dialog').close('given');
  });
}

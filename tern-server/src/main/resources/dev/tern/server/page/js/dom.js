// Elements made without HTML text.

const SVG = 'http://www.w3.org/2000/svg';

const ICONS = {
  check: 'M4 12l5 5L20 6',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  retry: 'M20 12a8 8 0 1 1-2.5-5.8M20 3v5h-5',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13',
};

/** An element with properties (`class`, `on…` listeners, attributes) and children; null children are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows an icon and is called `label`. */
export function iconButton(name, label, onclick) {
  return h('button', { type: 'button', class: 'quiet icon-button', 'aria-label': label, title: label, onclick }, icon(name));
}

export function byId(id) {
  return document.getElementById(id);
}

const TOUCH = matchMedia('(hover: none) and (pointer: coarse)');

/** Whether the page is touched: keys are then on the screen, which they cover. */
export function isTouched() {
  return TOUCH.matches;
}

/** Lets a field be as high as its text where style sheets cannot; returns what does so after a change by the page. */
export function growWithText(area) {
  if (CSS.supports('field-sizing', 'content')) return () => {};
  const fit = () => {
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  };
  area.addEventListener('input', fit);
  return fit;
}

/** Whether an input method is composing a character, whose Enter and Escape are not meant for the page. */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/** A button that puts what `text()` returns on the clipboard and says so for a moment. */
export function copyButton(label, text) {
  const button = iconButton('copy', label, async () => {
    const copied = await copy(text());
    button.replaceChildren(icon(copied ? 'check' : 'copy'));
    announce(copied ? 'Copied' : 'The browser does not allow copying');
    setTimeout(() => button.replaceChildren(icon('copy')), 1500);
  });
  return button;
}

/** The clipboard's interface is there on https and localhost only, so a selection is the second way. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h('textarea', { class: 'visually-hidden', 'aria-hidden': 'true' });
    area.value = text;
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    focused?.focus();
    return copied;
  }
}

/** Says a short sentence to screen readers. */
export function announce(sentence) {
  byId('announcer').textContent = sentence;
}

/** Asks in a dialog; resolves to whether the person agreed. */
export function confirm(question, action) {
  const dialog = byId('confirm');
  byId('confirm-question').textContent = question;
  byId('confirm-yes').textContent = action;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }));
}

export function saveFile(name, content) {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

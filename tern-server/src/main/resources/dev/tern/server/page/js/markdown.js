// The part of Markdown that models write, as a tree. Every text is valid; what is no markup stays text.
//
// Blocks: {type, from, ...}, where `from` is the offset of the block's first line.
// Inlines: {type: 'text' | 'code', text} or {type: 'strong' | 'em' | 'del' | 'link', children, href}.
//
// The time is linear in the text's length. So no expression repeats what may also match what follows it: it would try each way to part the two.

const DEEPEST = 8;
const FENCE = /^( {0,3})(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})(?:([-*+])|(\d{1,9})([.)]))(?:( +)(?=\S)|[ \t]*$|\t)/;
const DIVIDER = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?$/;

/** The blocks of a text. */
export function parse(text) {
  return parseLines(split(text), 0);
}

/**
 * The offset up to which no later text can change the blocks: where the last block of the complete lines begins.
 * A text that grows only has to be parsed again from there.
 */
export function settledUntil(text) {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  const blocks = parse(complete);
  return blocks.length ? blocks.at(-1).from : 0;
}

function split(text) {
  const lines = [];
  let from = 0;
  for (const line of text.split('\n')) {
    lines.push({ text: line.endsWith('\r') ? line.slice(0, -1) : line, from });
    from += line.length + 1;
  }
  return lines;
}

function parseLines(lines, depth) {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (isBlank(lines[at])) {
      at++;
      continue;
    }
    const [block, next] = parseBlock(lines, at, depth);
    block.from = lines[at].from;
    blocks.push(block);
    at = next;
  }
  return blocks;
}

function isBlank(line) {
  return line.text.trim() === '';
}

function parseBlock(lines, at, depth) {
  const line = lines[at].text;
  const fence = fenceOf(line);
  if (fence) return parseCode(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading) return [{ type: 'heading', level: heading[1].length, text: withoutClosing(line.slice(heading[0].length).trim()) }, at + 1];
  if (RULE.test(line)) return [{ type: 'rule' }, at + 1];
  if (depth < DEEPEST) {
    if (QUOTE.test(line)) return parseQuote(lines, at, depth);
    if (ITEM.test(line)) return parseList(lines, at, depth);
  }
  if (startsTable(lines, at)) return parseTable(lines, at);
  return parseParagraph(lines, at, depth);
}

/** The fence that a line opens: {indent, marks, language}, or null. */
function fenceOf(line) {
  const found = FENCE.exec(line);
  if (!found) return null;
  const info = line.slice(found[0].length);
  return info.includes('`') ? null : { indent: found[1].length, marks: found[2], language: /^\S*/.exec(info.trimStart())[0] };
}

/** A heading may be closed by `#` of any number, apart from its text. */
function withoutClosing(text) {
  let end = text.length;
  while (text[end - 1] === '#') end--;
  return end === 0 || /\s/.test(text[end - 1]) ? text.slice(0, end).trimEnd() : text;
}

function parseCode(lines, at, { indent, marks, language }) {
  const indented = new RegExp(`^ {0,${indent}}`);
  const code = [];
  let next = at + 1;
  while (next < lines.length && !closes(lines[next].text, marks)) {
    code.push(lines[next].text.replace(indented, ''));
    next++;
  }
  const closed = next < lines.length;
  return [{ type: 'code', language, text: code.join('\n'), closed }, closed ? next + 1 : next];
}

/** At least as many of the same marks, and nothing else, close a fence. */
function closes(line, marks) {
  const found = FENCE.exec(line);
  return found !== null && found[2].startsWith(marks) && line.slice(found[0].length).trim() === '';
}

function parseQuote(lines, at, depth) {
  let next = at;
  const inner = [];
  while (next < lines.length && QUOTE.test(lines[next].text)) {
    inner.push({ text: lines[next].text.replace(QUOTE, ''), from: lines[next].from });
    next++;
  }
  return [{ type: 'quote', blocks: parseLines(inner, depth + 1) }, next];
}

function parseList(lines, at, depth) {
  const first = ITEM.exec(lines[at].text);
  const ordered = first[3] !== undefined;
  const list = { type: 'list', ordered, start: ordered ? Number(first[3]) : 1, items: [] };
  let next = at;
  while (next < lines.length) {
    const item = ITEM.exec(lines[next].text);
    if (!item || (item[2] ?? item[4]) !== (first[2] ?? first[4]) || RULE.test(lines[next].text)) break;
    const [inner, after] = itemLines(lines, next, item, depth);
    list.items.push(parseLines(inner, depth + 1));
    next = skipBlank(lines, after);
  }
  return [list, next];
}

/** The lines of one item without their indent: its first, those indented below it, and those that continue its paragraph. */
function itemLines(lines, at, item, depth) {
  const width = contentIndent(item);
  const inner = [{ text: lines[at].text.slice(item[0].length), from: lines[at].from }];
  let next = at + 1;
  while (next < lines.length) {
    const line = lines[next];
    if (isBlank(line)) {
      const following = skipBlank(lines, next);
      if (following === lines.length || indentOf(lines[following].text) < width) break;
      while (next < following) inner.push({ text: '', from: lines[next++].from });
      continue;
    } else if (indentOf(line.text) >= width) {
      inner.push({ text: outdent(line.text, width), from: line.from });
    } else if (isBlank(lines[next - 1]) || interrupts(lines, next, depth)) {
      break;
    } else {
      inner.push({ text: line.text.trimStart(), from: line.from });
    }
    next++;
  }
  return [inner, next];
}

/** Two are enough for every marker, since models often indent less than CommonMark asks. */
function contentIndent(item) {
  return item[1].length + 2;
}

function indentOf(line) {
  let width = 0;
  for (const character of line) {
    if (character === ' ') width++;
    else if (character === '\t') width += 4;
    else break;
  }
  return width;
}

/** The line without `width` columns of its indent. */
function outdent(line, width) {
  let taken = 0;
  let at = 0;
  while (taken < width) {
    taken += line[at] === '\t' ? 4 : 1;
    at++;
  }
  return line.slice(at);
}

function skipBlank(lines, at) {
  while (at < lines.length && isBlank(lines[at])) at++;
  return at;
}

function startsTable(lines, at) {
  if (at + 1 >= lines.length || !lines[at].text.includes('|')) return false;
  const divider = lines[at + 1].text;
  return divider.includes('-') && DIVIDER.test(divider.trimEnd()) && cells(divider).length === cells(lines[at].text).length;
}

function parseTable(lines, at) {
  const align = cells(lines[at + 1].text).map((cell) => {
    if (!cell.endsWith(':')) return 'start';
    return cell.startsWith(':') ? 'center' : 'end';
  });
  const table = { type: 'table', align, head: cells(lines[at].text), rows: [] };
  let next = at + 2;
  while (next < lines.length && !isBlank(lines[next]) && lines[next].text.includes('|')) {
    table.rows.push(cells(lines[next].text).slice(0, align.length));
    next++;
  }
  return [table, next];
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function parseParagraph(lines, at, depth) {
  const text = [lines[at].text.trim()];
  let next = at + 1;
  while (next < lines.length && !isBlank(lines[next]) && !interrupts(lines, next, depth)) {
    text.push(lines[next].text.trim());
    next++;
  }
  return [{ type: 'paragraph', text: text.join('\n') }, next];
}

function interrupts(lines, at, depth) {
  const line = lines[at].text;
  if (fenceOf(line) || HEADING.test(line) || RULE.test(line) || startsTable(lines, at)) return true;
  return depth < DEEPEST && (QUOTE.test(line) || ITEM.test(line));
}

import { S3Error } from './errors.ts';

/** An element as read: the text directly in it, and its child elements. Attributes and namespaces are not kept. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Text that is XML already. */
export interface Markup {
  readonly markup: string;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const MAX_DEPTH = 16;
// No DOCTYPE: entities of the sender's own making are not read.
const TOKEN =
  /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[(?<cdata>[\s\S]*?)\]\]>|<\/(?<close>[\w:.-]+)\s*>|<(?<open>[\w:.-]+)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(?<empty>\/?)>|(?<text>[^<]+)/gy;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

/** The root element of a document. @throws S3Error MalformedXML */
export function parseXml(source: string): XmlElement {
  const document: OpenElement = { name: '', text: '', children: [] };
  const stack: OpenElement[] = [document];
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const top = stack.at(-1);
    if (top === undefined) throw new S3Error('MalformedXML');
    const { cdata, close, open, empty, text } = match.groups ?? {};
    if (open !== undefined) {
      const element: OpenElement = { name: open.replace(/^.*:/, ''), text: '', children: [] };
      top.children.push(element);
      if (empty === '') stack.push(element);
      if (stack.length > MAX_DEPTH) throw new S3Error('MalformedXML');
    } else if (close !== undefined) {
      if (stack.length === 1 || close.replace(/^.*:/, '') !== top.name) throw new S3Error('MalformedXML');
      stack.pop();
    } else if (cdata !== undefined) {
      top.text += cdata;
    } else if (text !== undefined) {
      top.text += unescape(text.replace(/\r\n?/g, '\n'));
    }
  }
  const root = document.children[0];
  if (end !== source.length || stack.length !== 1 || root === undefined || document.children.length !== 1) {
    throw new S3Error('MalformedXML');
  }
  if (document.text.trim() !== '') throw new S3Error('MalformedXML');
  return root;
}

/** The root of a document that must have that name. @throws S3Error MalformedXML */
export function rootOf(document: string, name: string): XmlElement {
  const root = parseXml(document);
  if (root.name !== name) throw new S3Error('MalformedXML');
  return root;
}

/** The children of that name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of the only child of that name; null without one. @throws S3Error MalformedXML for several */
export function textOf(element: XmlElement, name: string): string | null {
  const [first, ...others] = childrenOf(element, name);
  if (others.length > 0) throw new S3Error('MalformedXML');
  return first?.text ?? null;
}

/** An element around text, which is escaped, or around other elements. */
export function tag(name: string, content: string | number | boolean | readonly (Markup | null)[]): Markup {
  const inner =
    typeof content === 'object' ? content.map((part) => part?.markup ?? '').join('') : escape(String(content));
  return { markup: `<${name}>${inner}</${name}>` };
}

/** A whole document in S3's namespace. */
export function xmlDocument(name: string, content: string | readonly (Markup | null)[]): string {
  const { markup } = tag(name, content);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${NAMESPACE}"${markup.slice(name.length + 1)}`;
}

/** A time as S3 writes it. @param time milliseconds since 1970 */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}

/** An error document, which has no namespace. */
export function xmlError(content: readonly (Markup | null)[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag('Error', content).markup}`;
}

// Keys may hold what XML 1.0 forbids; S3 writes it as character references all the same, and so does this.
function escape(text: string): string {
  return text.replace(/[&<>"\u0000-\u001f\u007f-\u009f\u2028\ufffe\uffff]/g, (char) => {
    const named = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }[char];
    return named ?? `&#x${char.charCodeAt(0).toString(16)};`;
  });
}

function unescape(text: string): string {
  return text.replace(
    /&(?:#x(?<hex>[0-9a-f]{1,6});|#(?<decimal>\d{1,7});|(?<name>[a-z]+);)?/gi,
    (...args: unknown[]) => {
      const groups = args.at(-1) as { hex?: string; decimal?: string; name?: string };
      if (groups.name !== undefined) {
        const char = ENTITIES[groups.name];
        if (char === undefined) throw new S3Error('MalformedXML');
        return char;
      }
      const code = groups.hex === undefined ? Number(groups.decimal ?? 'NaN') : Number.parseInt(groups.hex, 16);
      if (!(code <= 0x10ffff)) throw new S3Error('MalformedXML');
      return String.fromCodePoint(code);
    },
  );
}

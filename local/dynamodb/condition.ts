import { isDeepStrictEqual } from 'node:util';
import db, { type Attribute, type Expression, type Item, type Operand } from 'dynalite/db/index.js';

type Value = Attribute | undefined;

/**
 * Whether a condition that dynalite parsed holds for an item.
 *
 * Dynalite's own evaluation takes equal maps and lists for different, and `false` and `''` for absent.
 */
export function holds(expression: Expression, item: Item): boolean {
  switch (expression.type) {
    case 'and':
      return expression.args.every((part) => holds(part, item));
    case 'or':
      return expression.args.some((part) => holds(part, item));
    case 'not':
      return !expression.args.every((part) => holds(part, item));
    case 'function':
      return applies(expression.name, ...values(expression.args, item));
    default:
      return compares(expression.type, ...values(expression.args, item));
  }
}

function values(operands: Operand[], item: Item): [Value, ...Value[]] {
  const [first, ...others] = operands.map((operand) => value(operand, item));
  return [first, ...others];
}

function value(operand: Operand, item: Item): Value {
  if (Array.isArray(operand)) return db.mapPath(operand, item) ?? undefined;
  if (!('type' in operand)) return operand;
  const [measured] = operand.args;
  const size = measured === undefined ? null : sizeOf(value(measured, item));
  return size === null ? undefined : { N: `${size}` };
}

function compares(comparison: string, left: Value, ...others: Value[]): boolean {
  const [right, upper] = others;
  switch (comparison) {
    case '=':
      return equal(left, right);
    case '<>':
      return !equal(left, right);
    case 'in':
      return others.some((other) => equal(left, other));
    case 'between':
      return ordered('>=', left, right) && ordered('<=', left, upper);
    default:
      return ordered(comparison, left, right);
  }
}

function applies(name: string, subject: Value, operand?: Value): boolean {
  switch (name) {
    case 'attribute_exists':
      return subject !== undefined;
    case 'attribute_not_exists':
      return subject === undefined;
    case 'attribute_type':
      return subject !== undefined && operand?.S !== undefined && Object.hasOwn(subject, operand.S);
    case 'begins_with':
      return startsWith(subject, operand);
    case 'contains':
      return contains(subject, operand);
    default:
      throw new Error(`unknown function ${name}`);
  }
}

/** Numbers were brought to one spelling when they came in; sets have no order. */
function equal(left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return false;
  return isDeepStrictEqual(plain(left), plain(right));
}

/** The same value with sets in order and every object of one prototype. */
function plain(attribute: Attribute): unknown {
  const { L, M } = attribute;
  if (L !== undefined) return { L: L.map(plain) };
  if (M !== undefined) return { M: Object.fromEntries(Object.entries(M).map(([name, inner]) => [name, plain(inner)])) };
  const set = attribute.SS ?? attribute.NS ?? attribute.BS;
  return set === undefined ? { ...attribute } : { type: Object.keys(attribute), set: set.toSorted() };
}

function ordered(comparison: string, left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return false;
  if (left.N !== undefined && right.N !== undefined) return db.compare(comparison, left, right);
  const [a, b] = [bytes(left), bytes(right)];
  if (a === null || b === null || (left.S === undefined) !== (right.S === undefined)) return false;
  const order = a.compare(b);
  return order === 0 ? comparison.endsWith('=') : order < 0 === comparison.startsWith('<');
}

function bytes({ S, B }: Attribute): Buffer | null {
  if (S !== undefined) return Buffer.from(S);
  return B === undefined ? null : Buffer.from(B, 'base64');
}

function startsWith(subject: Value, start: Value): boolean {
  if (subject?.S !== undefined && start?.S !== undefined) return subject.S.startsWith(start.S);
  if (subject?.B === undefined || start?.B === undefined) return false;
  const head = Buffer.from(start.B, 'base64');
  return Buffer.from(subject.B, 'base64').subarray(0, head.length).equals(head);
}

function contains(subject: Value, part: Value): boolean {
  if (subject === undefined || part === undefined) return false;
  const { S, B, SS, NS, BS, L } = subject;
  if (L !== undefined) return L.some((member) => equal(member, part));
  if (S !== undefined) return part.S !== undefined && S.includes(part.S);
  if (B !== undefined) return part.B !== undefined && Buffer.from(B, 'base64').includes(Buffer.from(part.B, 'base64'));
  if (part.S !== undefined) return SS?.includes(part.S) ?? false;
  if (part.N !== undefined) return NS?.includes(part.N) ?? false;
  return part.B !== undefined && (BS?.includes(part.B) ?? false);
}

function sizeOf(measured: Value): number | null {
  if (measured === undefined) return null;
  const { S, B, SS, NS, BS, L, M } = measured;
  if (S !== undefined) return S.length;
  if (B !== undefined) return Buffer.byteLength(B, 'base64');
  const members = SS ?? NS ?? BS ?? L ?? (M === undefined ? undefined : Object.keys(M));
  return members?.length ?? null;
}
